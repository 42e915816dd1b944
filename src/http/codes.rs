//! The stable error codes and what to do about each; shown at `/docs/errors`.

/// One code.
pub struct Code {
    pub code: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
}

const fn code(code: &'static str, zh: &'static str, en: &'static str) -> Code {
    Code { code, zh, en }
}

/// By code, alphabetically.
pub const ALL: &[Code] = &[
    code(
        "accounts_off",
        "这个服务没有账号：用 --accounts 启动后才有登录、邀请和密钥。",
        "This server has no accounts: sign-ins, invitations and keys come with `portico serve --accounts`.",
    ),
    code("already_answered", "这个问题已经回答过了，请发送新的说明。", "The question has been answered; send a new instruction."),
    code(
        "already_coloured",
        "图片已经是彩色的：说“重新上色”会丢掉现有颜色，只改一处就说出那一处和颜色。",
        "The picture has colours already: “colourize it anyway” drops them; to change one thing, name it and its colour.",
    ),
    code(
        "avif_too_large",
        "AVIF 编码很慢，有像素上限：先缩小图片，或改用 WebP。",
        "AVIF is slow to write and limited in pixels: make the picture smaller, or use WebP.",
    ),
    code(
        "bad_request",
        "请求格式不对，请对照 /api/openapi.json。",
        "The request is not of the expected form; compare it with /api/openapi.json.",
    ),
    code("batch_cancelled", "这个批处理已取消，不能继续：请新建一个。", "The batch was cancelled and cannot go on: make a new one."),
    code("batch_full", "一个批处理最多 100000 张图：请再建一个。", "A batch has at most 100000 pictures: make another one."),
    code(
        "blob_damaged",
        "这张图的文件已损坏，移到了 blobs/quarantine：从备份恢复，或重新上传这张图。",
        "The picture's file is damaged and was moved to blobs/quarantine: restore it from a backup, or send the picture again.",
    ),
    code(
        "blob_missing",
        "这张图的文件不见了：从备份恢复，或重新上传这张图。",
        "The picture's file is gone: restore it from a backup, or send the picture again.",
    ),
    code(
        "box_outside",
        "框选的区域不在图片里：坐标是显示出来的像素。",
        "The box lies outside the picture: coordinates are displayed pixels.",
    ),
    code("cancelled", "任务被取消，没有改变任何内容。", "The job was cancelled; nothing was changed."),
    code(
        "cannot_fit_bytes",
        "压不到这么小：放宽大小限制，或先缩小图片。",
        "It cannot be made that small: allow more bytes, or make the picture smaller first.",
    ),
    code(
        "caption_left_out",
        "图下面放不下说明：写短一些，或把图做大。",
        "There is no room for a caption: make it shorter, or the picture larger.",
    ),
    code(
        "database_busy",
        "数据库正被另一个程序占用：按 Retry-After 稍后再试；一直如此就找出占用它的程序。",
        "Another program keeps the database busy: try again after Retry-After seconds; if it stays so, find that program.",
    ),
    code("disk_full", "磁盘已满：清理空间后重试。", "The disk is full: free some space and try again."),
    code(
        "encode_failed",
        "无法写成这种格式：换一种格式，或把请求编号告诉管理员。",
        "It could not be written in that format: choose another, or tell the operator the request id.",
    ),
    code(
        "file_missing",
        "表格或参数里写的文件不存在：检查文件名。",
        "A file that the table or a value names is not there: check its name.",
    ),
    code("file_too_large", "文件超过上限，提示里有具体数值。", "The file is over the limit that the message names."),
    code("file_unreadable", "文件读不了：检查权限和磁盘。", "The file cannot be read: check its permissions and the disk."),
    code(
        "file_unwritable",
        "结果写不进输出文件夹：检查空间和权限，再运行一次会接着做。",
        "The result cannot be written: check space and permissions; running it again goes on where it was.",
    ),
    code(
        "font_missing",
        "没有可用的字体：提示里有安装命令。",
        "There is no font to write with: the message has the command that installs one.",
    ),
    code(
        "format_cannot_hold_size",
        "这种格式放不下这个尺寸：换成 PNG，或缩小图片。",
        "That format cannot hold a picture of that size: use PNG, or make it smaller.",
    ),
    code("glyphs_missing", "没有一种字体含有这些字：提示里有办法。", "No font has these characters: the message says what to do."),
    code(
        "host_refused",
        "用 http://127.0.0.1 访问，或把主机名加入 server.allowed_hosts。",
        "Use http://127.0.0.1, or add the host name to server.allowed_hosts.",
    ),
    code(
        "idempotency_key_reused",
        "这个 Idempotency-Key 已用于另一个请求，请换一个。",
        "The Idempotency-Key was used for another request; use a new one.",
    ),
    code("image_empty", "文件是空的，请重新选择。", "The file is empty; choose it again."),
    code(
        "image_encoding",
        "图片应是 base64、data URI，或已上传图片的 id。",
        "A picture must be base64, a data URI, or the id of an uploaded image.",
    ),
    code("image_missing", "计划里提到的图片没有附上。", "A picture that the plan names was not attached."),
    code(
        "image_too_large",
        "图片超过上限（提示里有具体数值）：缩小后再试，或由管理员调高 limits。",
        "The picture is over a limit that the message names: make it smaller, or let the operator raise it.",
    ),
    code("image_unreadable", "文件损坏或不完整：请重新导出后再试。", "The file is damaged or incomplete: export it again."),
    code("instruction_too_long", "说明太长，请分成几句。", "The instruction is too long; split it."),
    code(
        "internal",
        "服务器内部出错，没有丢失任何内容：重试，或把请求编号告诉管理员。",
        "Something failed inside; nothing was lost. Try again, or tell the operator the request id.",
    ),
    code("interrupted", "服务器在处理途中停止：请再发一次。", "The server stopped while the job was under way: send it again."),
    code("invalid_json", "JSON 有误，提示里有位置。", "The JSON cannot be read; the message says where."),
    code("invalid_multipart", "表单有误：请按 multipart/form-data 发送。", "The form cannot be read: send multipart/form-data."),
    code("invalid_parameter", "参数不对，field 指出是哪一个。", "A parameter does not fit; `field` names it."),
    code("invalid_plan", "计划有误，提示里说明了原因。", "The plan does not fit; the message says why."),
    code(
        "invalid_recipe",
        "配方本身有问题：error.field 指出是哪一处。",
        "The recipe does not hold together; `error.field` names the place.",
    ),
    code("invalid_text", "文本应为 UTF-8。", "Text must be UTF-8."),
    code(
        "key_invalid",
        "API 密钥不对、已过期或已撤销：请在账号页新建一个。",
        "The API key is wrong, has expired or was revoked: make a new one on the account page.",
    ),
    code("last_owner", "至少要留下一个能登录的所有者。", "At least one owner who can sign in must remain."),
    code(
        "link_used_or_expired",
        "一次性链接已用过或已过期：请向所有者要一个新的。",
        "A one-time link was used or has expired: ask an owner for a new one.",
    ),
    code("mask_empty", "蒙版没有选中任何地方：白色表示要修改的部分。", "The mask selects nothing: white marks what to edit."),
    code("mask_missing", "没有附上蒙版。", "No mask was attached."),
    code("mask_size_mismatch", "蒙版要和显示的图片一样大。", "The mask must have the displayed picture's size."),
    code("method_not_allowed", "这个地址不接受这种请求方法。", "This address does not take that request method."),
    code("missing_part", "请求缺少一部分，field 指出是哪一个。", "A part of the request is missing; `field` names it."),
    code(
        "model_damaged",
        "模型文件损坏：提示里有重新安装的命令。",
        "A model's file is damaged: the message has the command that installs it again.",
    ),
    code("model_failed", "模型运行失败：重试，或把请求编号告诉管理员。", "A model failed: try again, or tell the operator the request id."),
    code(
        "model_input",
        "模型不接受这种输入：请把请求编号告诉管理员。",
        "A model does not take that input: tell the operator the request id.",
    ),
    code("model_missing", "缺少模型：提示里有安装命令。", "A model is missing: the message has the command that installs it."),
    code("model_unknown", "清单里没有这个模型：运行 portico models list。", "The manifest has no such model: run portico models list."),
    code(
        "name_invalid",
        "名字为 1 到 64 个字符，不含控制字符，首尾没有空格。",
        "A name has 1 to 64 characters, no control characters and no space at its ends.",
    ),
    code("name_taken", "这个名字已经有人用了。", "The name is taken; choose another one."),
    code(
        "no_background",
        "图片已经抠过，没有背景可以虚化：回到原图再虚化，或换一种背景。",
        "The picture is a cut-out and has no background to blur: go back to the original, or choose another background.",
    ),
    code(
        "no_blank_bands",
        "没有可以下刀的空白带：说出份数来等分，比如“切成3段”。",
        "There is no blank band to cut in: say how many equal parts, such as “split into 3 parts”.",
    ),
    code(
        "no_common_ground",
        "两张图不是由同一张图得来的，或画面没有重叠，无法对齐：请指定原图或另一个版本。",
        "The two pictures do not come of the same one, or show nothing in common: name the original or another version.",
    ),
    code(
        "no_face",
        "选中的部分里没有清晰的人脸：涂抹要修的皮肤，或换一张图。",
        "No clear face is in what is selected: paint over the skin to retouch, or use another picture.",
    ),
    code("no_image", "没有图片可以修改：请附上一张。", "There is no picture to edit: attach one."),
    code("no_noise", "没有测到看得见的噪点，图片未改动。", "No noise that could be seen was measured; the picture is unchanged."),
    code(
        "no_recipe_in_file",
        "文件里没有配方：导出时用 metadata: recipe。",
        "The file carries no recipe; export it with `metadata: recipe`.",
    ),
    code(
        "no_recipe_steps",
        "没有可以存成配方的步骤，或步骤太多、用到的图已不在：从做过编辑的版本保存。",
        "There are no steps to save, too many, or a picture that they need is gone: save from a version that an edit made.",
    ),
    code("not_an_edit", "这句话不是修改图片的要求。", "The text asks for no edit."),
    code("not_found", "没有这个内容，或已被删除。", "There is nothing here, or it was deleted."),
    code(
        "not_in_table",
        "表格里没有这张图的行，所以没有处理它：检查文件名，或不用表格另建一个批处理。",
        "The table has no row for that picture, so nothing was done with it: compare the names, or make a batch without a table.",
    ),
    code(
        "nothing_to_fill_from",
        "选中的几乎是整张图，没有可用来补全的内容：选小一点，或改用抠图。",
        "Nearly the whole picture is selected, so nothing is left to fill it from: select less, or cut something out.",
    ),
    code("nothing_to_redo", "没有可以重做的步骤。", "There is nothing to redo."),
    code(
        "nothing_to_split",
        "图片没有超过给出的长度，不用切。",
        "The picture is within the length that was given; there is nothing to cut.",
    ),
    code("nothing_to_undo", "已经是最初的版本。", "This is the first version."),
    code("one_image", "这里一次上传一张图。", "Upload one picture at a time here."),
    code("one_mask", "一次只能用一个蒙版。", "One mask at a time."),
    code("operation_unavailable", "听懂了，但这个版本还不能执行这个操作。", "Understood, but this build cannot run that operation yet."),
    code("origin_refused", "不接受来自其他网页的请求。", "Requests from another web page are not accepted."),
    code("owner_only", "只有所有者可以管理账号。", "Only an owner looks after accounts."),
    code(
        "parameter_unavailable",
        "听懂了，但这个版本还不支持这个参数。",
        "Understood, but this build does not support that parameter yet.",
    ),
    code("password_too_short", "密码至少 8 个字符，最多 1024 字节。", "A password has at least 8 characters and at most 1024 bytes."),
    code("proxy_refused", "没有账号的服务不能放在反向代理后面。", "A server without accounts cannot stand behind a proxy."),
    code("question", "需要先回答一个问题：选项都是完整的计划。", "A question has to be answered first: its options are complete plans."),
    code("queue_full", "排队的任务太多：按 Retry-After 稍后再试。", "Too many jobs are waiting: try again after Retry-After seconds."),
    code(
        "quota_exceeded",
        "你的图片已占满分配的空间：请删除不需要的会话，或请所有者提高限额。",
        "Your pictures fill the space that you may use: delete conversations that you no longer need, or ask an owner for more.",
    ),
    code(
        "recipe_models_differ",
        "配方固定的模型在这台机器上缺少或不同：装上同样的，或用 any_models 允许换用。",
        "The models that the recipe is pinned to are missing or different here: install the same ones, or allow others with `any_models`.",
    ),
    code(
        "recipe_value",
        "给配方的值不合适：error.field 是参数名。",
        "A value does not fit the recipe's parameter that `error.field` names.",
    ),
    code(
        "restore_stage_failed",
        "修复中有一步没有完成，提示里说明了是哪一步和原因；其余步骤照常进行。",
        "One stage of a repair was left out: the message says which and why; the others went on.",
    ),
    code("result_too_large", "结果会超过上限：换一个较小的尺寸。", "The result would be over a limit: choose a smaller size."),
    code(
        "row_filled",
        "那一行已经有图片了：要换图片，请另建一个批处理。",
        "That row has its picture already: to use another one, make another batch.",
    ),
    code("rows_invalid", "表格有误，提示里有行号。", "The table does not fit; the message names the line."),
    code("rows_too_large", "表格太大：请拆成几个。", "The table is too large: split it."),
    code("runtime_missing", "缺少 ONNX Runtime：运行 portico models install。", "ONNX Runtime is missing: run portico models install."),
    code(
        "runtime_unsuitable",
        "ONNX Runtime 的版本或平台不合适，提示里说明了原因。",
        "ONNX Runtime's library does not fit; the message says why.",
    ),
    code("scope_missing", "API 密钥没有所需的权限。", "The API key lacks the scope that this call needs."),
    code("session_command", "撤销、重做、回到旧版本需要在会话中使用。", "Undo, redo and going back to a version need a conversation."),
    code(
        "several_faces",
        "证件照只能有一个人：先裁到那个人，再做证件照。",
        "An ID photo shows one person: crop to that person first, then ask again.",
    ),
    code("shutting_down", "服务器正在关闭：稍后重试。", "The server is shutting down: try again in a moment."),
    code(
        "sign_in_required",
        "请先登录，或带上 API 密钥（Authorization: Bearer …）。",
        "Sign in first, or send an API key (Authorization: Bearer …).",
    ),
    code(
        "split_goes_last",
        "切开之后只能导出：把切开放到最后一步。",
        "What was split can only be exported: put `split` after all other edits.",
    ),
    code(
        "subject_not_found",
        "另一张图里没有清晰的主体：换一张主体清楚的图，或先抠好再附上。",
        "The other picture shows no clear subject: use one that does, or cut it out first and attach that.",
    ),
    code(
        "target_not_found",
        "图里没有要找的目标：提示里说了看到的是什么。",
        "The target is not in the picture: the message says what is seen instead.",
    ),
    code("target_unavailable", "这个版本还不能找到这类目标。", "This build cannot find that kind of target yet."),
    code(
        "too_many_attempts",
        "登录失败次数太多：按 Retry-After 稍后再试。",
        "Too many failed sign-ins: try again after Retry-After seconds.",
    ),
    code("too_many_frames", "动画帧数太多。", "The animation has too many frames."),
    code("too_many_images", "一次请求的图片太多。", "Too many pictures in one request."),
    code(
        "too_many_jobs",
        "同时进行的任务已达上限：等其中一个完成再试。",
        "As many jobs are under way as you may have: try again when one has ended.",
    ),
    code("too_many_parts", "份数太多：每份要切得大一些。", "Too many parts: make them larger."),
    code("too_many_requests", "请求太多：按 Retry-After 稍后再试。", "Too many requests: try again after Retry-After seconds."),
    code(
        "too_many_streams",
        "这个账号打开的实时连接已到上限：关掉其他窗口或程序再试。",
        "The account has as many live connections open as it may: close other windows or programs.",
    ),
    code("unknown_operation", "没有这个操作：可用的见 /api/v1/ops。", "There is no such operation: see /api/v1/ops."),
    code("unsupported_content_type", "请用 multipart/form-data 或 application/json。", "Send multipart/form-data or application/json."),
    code(
        "unsupported_format",
        "不支持这种文件：请转成 JPEG、PNG、WebP、GIF 或 BMP。",
        "That kind of file is not read: convert it to JPEG, PNG, WebP, GIF or BMP.",
    ),
    code("upload_broken", "上传中断：请重试。", "The upload broke off: send it again."),
    code("upload_stalled", "上传停住了：检查网络后重试。", "The upload stood still: check the network and send it again."),
    code("upload_too_large", "上传超过上限，提示里有具体数值。", "The upload is over the limit that the message names."),
    code(
        "uploads_busy",
        "同时上传的内容太多：按 Retry-After 稍后再试。",
        "Too much is being uploaded at once: try again after Retry-After seconds.",
    ),
    code(
        "version_busy",
        "有任务正在用这个版本：等它结束，或先停止它，再删除。",
        "A job works on that version: wait for its end, or stop it, then delete.",
    ),
    code(
        "version_has_no_plan",
        "这一版是上传的图片，没有可以修改的步骤：选一个由编辑得到的版本。",
        "That version is a picture as it was sent: choose one that an edit made.",
    ),
    code("watermark_too_small", "图片太小，放不下看得清的水印。", "The picture is too small for a watermark that could be read."),
    code("wrong_credentials", "名字或密码不对。", "The name or the password is wrong."),
    code("wrong_password", "现在的密码不对。", "The present password is wrong."),
    code(
        "zip_encrypted",
        "压缩包里的这个文件有密码：请不加密码重新打包。",
        "That file has a password inside the archive: pack it again without one.",
    ),
    code("zip_invalid", "读不了这个压缩包：请用 ZIP 格式重新打包。", "The archive cannot be read: pack it again as ZIP."),
    code("zip_too_large", "压缩包太大，或展开后太大：请拆成几个。", "The archive is too large, or unpacks to too much: split it."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_listed_once_in_order() {
        assert!(ALL.windows(2).all(|w| w[0].code < w[1].code));
    }
}
