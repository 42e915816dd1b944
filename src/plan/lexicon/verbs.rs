//! What people tell an editor to do: verb classes and their words.

use crate::plan::token::Kind;

/// Classes of verbs; what a verb means is decided by the resolution table together with its object and slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Carries no meaning of its own: make, give, use, 做, 弄.
    Make,
    /// Put, place.
    Put,
    Add,
    Remove,
    CutOut,
    /// Replace, change, turn into, 换, 改, 变.
    Change,
    Keep,
    Blur,
    /// 打码, censor.
    Censor,
    Pixelate,
    Crop,
    /// 裁掉, trim off: the crop names what goes, not what stays.
    TrimOff,
    Resize,
    Shrink,
    Enlarge,
    /// More pixels by a model: upscale, 超分.
    Upscale,
    Stretch,
    Pad,
    Rotate,
    Flip,
    Straighten,
    Export,
    Compress,
    Describe,
    Restore,
    Colorize,
    Enhance,
    Sharpen,
    Denoise,
    Deblur,
    Raise,
    Lower,
    Recolor,
    Swap,
    Translate,
    ReadText,
    Draw,
    Restyle,
    Extend,
    Match,
    Retouch,
    Arrange,
    BringBack,
    Fit,
    Mockup,
    Stickers,
    Cover,
    Poster,
    Split,
    Stitch,
    Select,

    GoBack,
    Undo,
    Redo,
    Reset,
    Compare,
    Again,
}

const WORDS: &[(Verb, &str)] = &[
    (
        Verb::Make,
        "make|get|give|use|using|want|do|have|set|put in|做|做成|制作|弄|弄成|搞|搞成|要|来个|来一张|来张|用|给我|我要|需要|生成为|处理|处理成|处理一下|变得|调成|给我来|设|设置|设为|设成|设置为|调整为|调整成|使用|采用|process|produce|create|give me|i want|i need|i'd like|would like|need|turn out|拿|拿来|当|当作|当成|充当|就要|改成是|来一版|来一个|来一套|来一份|出一版|整成|整一个|整一张|整张|整一套|做一个|做一张|做一套|做套|做张|做份|做一份|做一版|弄个|弄一个|弄张|弄一张|弄一套|搞个|搞一个|搞张|搞一张|搞一套|设计|设计一个|设计一张|打造|帮我做|set it as|set this as|serve as|act as|get me|fix me up|whip up|knock up|build|design|craft|put together a|rustle up|turn out as|produce a|出个|出一个|出一份",
    ),
    (
        Verb::Put,
        "put|place|paste|insert|overlay|set on|放到|放在|放进|放入|放上|放|贴到|贴上|贴在|叠加|叠在|摆到|摆在|合成到|插入|盖上|贴|贴个|盖个|p到|p进|p上|stick|slap|叠个|摆|塞到|塞进|放个|放一个|搁|pop|chuck|plonk|盖在|摆成|盖在|drop it onto|drop it on|drop it in|drop this onto|drop them on|盖到|set up|改放|drop the sticker|drop the logo|drop our logo|drop my logo|drop their logo|drop image|drop this logo|摆上|摆上去|摆进|摆个|贴一个|贴一张|放张|放一张|放置|放置在|置于|安在|安到|嵌入|嵌到|嵌进|合到|合进|压在|叠到|挪到|挪去|移到|移动到|移至|搬到|靠到|set down|stick on|drop in|drop it|drop this|plop|plunk|lay it over|lay over|superimpose|composite|embed|move|move it|shift|relocate|加到|弄到|弄进|放去|弄进去|摆去",
    ),
    (
        Verb::Add,
        "add|write|type|apply|include|append|give it|draw a border|加|加上|套用|套上|套个|加个|加一个|添加|增添|添上|加入|带上|带|附上|来点|加点|打上|写上|写|标注|配一句|换上|stamp|再配|打个|添个|加进|加进去|加一行|加一句|加一段|加一层|加一圈|加一道|加些|加多|来一行|来一句|来一段|来行|来句|写一行|写一句|写行|写句|写个|写一个|打一行|打一句|打行|放一行|放行|放句|印上|印个|题上|题个|题字|标上|标个|刻上|补一行|补一句|补个|添一行|添一句|添|添些|配上|配个|配一行|套上|铺上|铺个|打满|盖满|pop on|slap on|throw on|throw in|tack on|jot|inscribe|typeset|superimpose the words",
    ),
    (
        Verb::Remove,
        "lose the|ditch|bin|scrub out|scrub away|zap|nuke|wipe off|wipe out|wipe away|rub out|blot out|kick out|kill the|cut him out|make disappear|make vanish|should vanish|should disappear|抹掉|抹了|抹去|擦了|擦掉|擦去|弄没|弄走|搞掉|干掉|请走|移走|踢掉|赶走|清走|清掉|剔除|剔掉|弄消失|消失掉|让它消失|去除掉|p没|p走|处理掉|统统消失|消失|remove|delete|erase|get rid of|take out|take away|take off|clear|clean up|clean|wipe|wipe out|eliminate|drop|strip|strip out|discard|lose|rid of|scrub|rm|去掉|去除|删除|删掉|删去|删|移除|移走|移掉|抹掉|抹去|抹除|擦掉|擦除|消除|消掉|清除|清掉|p掉|p走|去|除掉|除去|拿掉|弄掉|干掉|剔除|扣掉|抠掉|弄走|弄没|搞掉|撤掉|取消掉|不想要|处理掉|移开|剥离|舍弃|gone|vanish|disappear|zap|nuke|ditch|整掉|去去|拿开|挪走|抹了|删了|去了|p了|弄干净|拿走|清走|擦了|消了|taken out|taken off|taken away|be gone|thrown out|要去掉|everyone out|everybody out|薅掉|剔掉|清空|涂掉|填平|has to go|have to go|need to go|needs to go|begone|strip away|撤走|祛了|扒掉|scrub out|airbrush out|photobombed|去调|去吊|去悼|清干净|清理|清理掉|清理干净|清了|去干净|抹干净|擦干净|擦没|抹没|弄没了|搞没|去没|踢掉|踢出去|请走|请出去|赶走|变没|拔掉|撕掉|划掉|刮掉|洗掉|p没|p没了|p干净|修没|删干净|删光|删没|去光|去除掉|扫掉|清除干净|扔掉|丢掉|拆掉|摘掉|摘下|统统去掉|别要|别要了|给去了|去一下|去下|隐去|消失|消灭|消一下|消除干净|不想看到|不想看见|不想要看到|不想要了|不需要了|拎走|铲掉|铲除|剃掉|掐掉|裁没|抠走|heal|heal away|spot heal|spot-heal|patch over|patch out|clone out|clone away|clone stamp out|paint over|brush away|brush out|rub out|kick out|chuck out|toss|toss out|throw out|throw away|shouldn't be here|shouldn't be there|should be gone|should disappear|should vanish|must disappear|do away with|dispose of|edit out|photoshop out|ps out|purge|banish|evict|boot out|see off|obliterate|out of the picture|out of the shot|out of there|out of here|out of the frame|out of my shot|out of my photo|out of my picture|cleared out|cleared away|wiped out|wiped away|unwanted|修掉|修去|has to leave|should leave|must leave|needs to leave|should all go|请出画面|get ridd of|get rid off|getting rid of|git rid of|统统不要|通通不要|全都不要|都不要了|全不要了|全不要",
    ),
    (
        Verb::CutOut,
        "cut out just|snip out|isolate|knock out the background|lift the subject out|单独抠|单独抠出|抠下来|扒出来|单拎出来|单独拎出来|cut out|cutout|cut-out|cut it out|isolate|extract|matte|segment|segment out|knock out|silhouette|clip out|mask out|background removal|bg removal|remove bg|removebg|rembg|抠图|抠像|抠出来|抠出|抠下来|抠取|抠|扣图|扣出来|扣出|扣下来|去底|去背|去背景|去除背景|去掉背景|退底|提取|提取出来|扒图|扒出来|剪出来|分离出来|分离|抠个图|抠一下|抠一下图|抠张图|扣个图|扣一下|扣一下图|抠干净|抠个背景|去一下背景|去个背景|去被景|knock the background out|去背后|去背景后|抠图后|扒下来|摘出来|单独摘|剔掉背景|clip the|cut round|cut around|see-through it|only need the|剥出来|掏出来|去个背|单独拿出来|拿出来|need just the|transparent backgroud|其余全透明|抠人像|抠人|扣人像|扣人|抠人物|抠主体|抠产品|抠商品|抠个人|人像抠图|抠掉背景|扣掉背景|去掉底|去底色|抠背景|扣背景|单独抠|单独抠出来|单独扣出来|抠一个|抠一张|剥离出来|separate|separate out|detach|lift off|peel off|peel away from|lift the subject|free from its background|remove background from|take out of its background|take off its background|cut from its background|cut away the background|carve out|single out|masked out|去个底|去下底|去一下底|去下背|去下背景|background off|bg off|lift it off|lift it out|lift them out|lift him out|lift her out",
    ),
    (
        Verb::Change,
        "change|replace|swap out|switch|turn|turn into|convert|become|convert to|transform|alter|modify|edit|substitute|fill|fill in|换成|换为|换做|换作|换个|换一个|换|更换|更换成|更换为|替换|替换成|替换为|改成|改为|改|改一下|变成|变为|变|转成|转为|转化为|改作|修改|修改为|修改成|更改|更改为|换到|填充|填成|填充为|涂成|弄为|转换|转换成|转换为|换一下|改做|改到|改写成|换回|改回|变回|调换|改换|换下|换掉|替|替代|取代|替掉|替成|顶替|改用|改写|改掉|请改为|请改成|更替|改一改|换一换|换过|换了|swap for|exchange for|set to|turned into|morph|recast|changed to|switch out|change over to|rewrite|reword|retype|redo it in|redo this in|remake",
    ),
    (
        Verb::Keep,
        "keep|leave|retain|preserve|maintain|only keep|keep only|leave only|保留|只留|只保留|仅保留|仅留|留下|留着|保持|只要|留|只留下|保住|stays|stay|stay as|图留着|只剩|只剩下|仅剩|剩下|留住|保留住|别丢|retain only|leave just|stays put|remain|remains|should stay|is to stay|hold on to|keep just|just keep|save only",
    ),
    (
        Verb::Blur,
        "blur|blurred|blur out|defocus|bokeh|soften the focus|虚化|模糊|模糊化|模糊掉|变模糊|弄模糊|虚焦|景深|糊住|糊掉|糊上|虚掉|虚一下|虚一虚|blurring|打糊|后面虚掉|后面虚化|身后虚化|后面糊掉|背后虚化|糊一下|虚一点|虚化一下|虚化掉|虚化处理|虚化些|虚化点|虚化重点|柔焦|弄虚|变虚|打虚|模糊处理|模糊一下|模糊些|糊化|做模糊|高斯模糊|大光圈|浅景深|blur away|blur it out|make blurry|make it blurry|soften|throw out of focus|shallow depth of field|depth of field|gaussian blur|blurrier|blurry background|lens blur|虚一些|虚点|更虚|糊一点|糊一些|再虚|再虚一点|虚得多|虚掉些",
    ),
    (
        Verb::Censor,
        "smudge|obscure|black out|mask out|cover up|打上码|打码|糊住|遮住|挡住|遮上|盖住|挡上|挡一挡|遮一遮|打马|马一下|censor|redact|anonymize|anonymise|obscure|hide|打码|打上马赛克|加马赛克|遮住|遮挡|遮盖|涂黑|挡住|打个码|脱敏|厚码|隐藏|码掉|马掉|遮一下|盖住|厚厚的码|cover up|挡一下|挡|遮掉|blackout|black box over|black boxes|black bar over|solid black boxes|black out|blacked out|blot out|打上码|打码处理|打上厚码|加码|加个码|盖码|遮码|涂抹掉|抹黑|遮|遮起来|挡起来|挡掉|藏起来|糊住脸|保护隐私|模糊掉脸|mask off|hide away|hidden|conceal|block off|blank out|cover over|bar over|censor bar|make unreadable|make illegible|unreadable|unrecognizable|unrecognisable|put a black bar over|black bars over|a black bar over|put a bar over|put a black box over|打玛|打吗|打嘛|打骂",
    ),
    (
        Verb::Pixelate,
        "pixelate|pixelated|mosaic|pixellate|马赛克|像素化|马塞克|打马塞克|打马赛克|上马赛克|马赛克处理|打个马赛克|像素化处理|pixelise|pixelize|pixelation|mosaic effect|make pixelated|码赛克|马赛可|马赛客|马塞可",
    ),
    (
        Verb::Crop,
        "cutting anything off|cutting off anything|cutting anything|cutting anything away|chopping anything off|cropping anything|cropping anything off|losing anything|losing any of it|losing any part|losing any part of it|裁掉任何东西|裁掉东西|裁掉内容|切掉任何东西|切掉东西|切掉内容|crop|crop to|cropped|recrop|trim|trim to|cut to|crop it|crop down|裁剪|裁剪成|裁剪为|裁剪到|裁成|裁为|裁到|裁切|裁切成|裁切为|裁|剪裁|剪裁成|剪成|剪切|剪切成|截成|截取|裁减|裁减成|截图成|裁个|栽成|栽剪|剪一下|裁一下|剪裁为|chop it to|chop to|cut it to|裁剪一下|裁一裁|裁下|裁出|裁出来|裁一块|剪裁一下|剪裁到|剪切到|截个|截一块|截出|截取出|框到|收紧|裁紧|裁紧一点|裁近一点|切成方|tighten|tighten up|tighten the crop|crop in|crop tight|crop close|crop around|reframe|re-frame|frame up|cut it down to|cut down to|clip to|bring it in",
    ),
    (
        Verb::TrimOff,
        "crop off|crop out|cut off|trim off|shave off|chop off|cut away|裁掉|裁去|切掉|切除|剪掉|截掉|裁了|裁走|裁去掉|切了|切去|切走|截去|截了|剪了|剪去|裁干净|切干净|trim away|crop away|slice off|lop off|cut out the edges|remove the edges|snip off|shear off",
    ),
    (
        Verb::Resize,
        "resize|re-size|rescale|scale|scale to|resized|resample|缩放|缩放到|缩放为|缩放成|调整大小|调整尺寸|调整大小为|调整尺寸为|改尺寸|改大小|尺寸改为|尺寸改成|尺寸调整为|尺寸调成|大小改为|大小改成|调大小|调尺寸|调整到|调到|改尺寸为|大小调整为|大小调整到|尺寸调整到|尺寸|缩放一下|改一下尺寸|改一下大小|尺寸改|尺寸调到|尺寸弄成|大小调到|大小弄成|调成尺寸|改分辨率|分辨率改成|分辨率调到|bring it to|bring it down to|take it down to|get it to|get it down to|scaled|size it|size it to|sized to|make it exactly|re-scale",
    ),
    (
        Verb::Shrink,
        "shrink|reduce the size|scale down|downscale|downsize|make it smaller|smaller|reduce size|size down|minify|缩小|缩小到|缩小为|缩到|缩成|缩小成|变小|改小|调小|弄小|缩|缩小点|缩小一点|缩小一些|缩一下|缩一缩|缩下|缩至|缩小至|缩减|缩减到|变小一点|改小一点|弄小点|弄小一点|减到|shrunk|shrink down|shrink to|scale it down|scaled down|reduce to|reduce it to|cut it in half|halve it|halve the size|halve the dimensions|take it down|make smaller|make this smaller",
    ),
    (
        Verb::Enlarge,
        "enlarge|make it bigger|bigger|larger|scale up|size up|magnify|放大|放大到|放大为|放大成|变大|改大|调大|弄大|扩大|放大点|放大一点|放大一些|放大至|放大些|变大一点|改大一点|弄大点|弄大一点|加大到|拉大|扩大到|make bigger|make larger|make this bigger|make this larger|scale it up|scaled up|blow this up|blown up|enlarged|grow it",
    ),
    (
        Verb::Upscale,
        "blow up|blow it up|blown up|enlarge without losing|make it bigger|more resolution|higher resolution|高清化|变高清|提高分辨率|提升分辨率|提升下分辨率|提分辨率|变大|放大|弄大|upscale|up-scale|upsample|super resolution|super-resolution|superres|higher resolution|high resolution|increase the resolution|improve the resolution|high-res|hi-res|hires|超分|超分辨率|超清|提高分辨率|提升分辨率|高清化|变高清|变清晰|高清放大|无损放大|更高清|增加分辨率|高清修复|高分辨率|更高分辨率|画质提升|提升画质|提高画质|提高一下分辨率|分辩率|提高一下分辩率|加分辨率|blow it up|blow up|quadruple the resolution|double the resolution|提升下分辨率|提升一下分辨率|升分辨率|超分放大|高清一点|高清些|高清点|弄高清|更清楚|清晰放大|ai放大|智能放大|提高清晰度|提升清晰度|提高像素|提升像素|像素提高|提高解析度|提升解析度|解析度提高|分辨率提高|分辨率提升|分辨率提到|分辨率拉高|分辨率翻倍|放大分辨率|upres|up-res|up res|upscaling|upsizing|super-res|super resolve|ai upscale|increase resolution|raise the resolution|boost the resolution|boost resolution|improve resolution|bump up the resolution|triple the resolution|bigger resolution|greater resolution|hd version|make it hd|make it 4k|high definition",
    ),
    (Verb::Stretch, "stretch|stretched|stretch to|squash|squeeze|拉伸|拉伸到|拉伸成|拉成|压扁|拉宽|强制缩放"),
    (
        Verb::Pad,
        "补|pad|padding|pad to|letterbox|pillarbox|add padding|补边|留白|填充边|补成|补到|补齐成|留边|扩边|补足成|垫成|补齐|垫|fill up|fill it up|镜像填充成|填充成|fit it into|凑到|填成方|补足|补成方|补个边|补点边|撑到|撑成|扩成方|填满到|pad out|pad it out|padded|pad it to|box it into|fit on a|fit it on a|put bars|add bars|extend the canvas with|fill out to|fill out",
    ),
    (
        Verb::Rotate,
        "turn upright|turn it upright|turn it on its side|quarter turn|half turn|spin it|spin|rotate|turn it|spin|rotated|rotation|旋转|转动|转|旋转到|调头|转个|掉转|quarter turn|a quarter turn|tilt it|掰|旋转一下|转一下|转向|转一转|转成横|转动一下|旋转个|立起来|竖起来|swivel|revolve",
    ),
    (
        Verb::Flip,
        "flip|mirror|mirrored|flipped|flop|reflect|mirror image|翻转|反转|镜像|镜像翻转|翻过来|镜面|反过来|翻个面|对称翻转|翻一下|翻个方向|掉个个|掉个头|turn the picture over|turn it over|左右颠个个|翻个|翻转一下|翻面|翻一翻|翻|反转一下|镜射|镜射|镜像一下|镜像处理|镜面翻转|对称一下|调个个儿|调个头|反向|mirroring|mirror it|flip over|flip it over|flip around|flipping|reversed|reverse it|swap sides",
    ),
    (
        Verb::Straighten,
        "straighten up|level it|level it out|make it level|make it straight|get it level|horizon level|level the horizon|扶正|摆正|拉平|找平|调平|校平|拉直|摆平|straighten|level|straighten out|deskew|auto rotate|auto-rotate|拉直|校正|矫正|扶正|摆正|校直|拉正|调正|转正|找平|放正|校准|掰正|level it|sit level|leans|拍歪了|歪了帮我正|弄正|摆平|正过来|弄直|调直|拉平|调平|校平|扶直|水平校正|校正水平|地平线校正|水平矫正|自动矫正|自动校正|自动拉直|透视校正|歪的弄正|弄水平|调水平|straightening|straightened|make it straight|make it level|make straight|get it straight|set straight|set it straight|level out|level off|levelled|leveled|square up|unskew|auto straighten|fix the tilt|fix the horizon|correct the tilt|correct the horizon|correct the angle|tilted|crooked|slanted|slanting|slanty|wonky|askew|not straight|on a slant|lopsided|off-kilter|not level",
    ),
    (
        Verb::Export,
        "export|save|output|download|export as|save as|save it as|save to|store|render|deliver|send me|return|导出|导出为|导出成|导成|输出|输出为|输出成|保存|保存为|保存成|存为|存成|存|另存为|下载|转存为|转格式|生成文件|出图|发我|给我导出|格式转换|存储为|另存|导|格式为|格式|hand me|give me a|发给我|输出一张|导出一张|存个|存成个|给我一张|出一张|发我一张|导出来|导个|导一个|导一份|导一张|导为|存下来|存下|存起来|存一下|存一份|存一张|存进|存档|存储|存储成|保存下来|保存一下|保存好|储存|储存为|输出个|输出一个|下载下来|转存|转存成|转格式成|交付|交一个|打包成|汇出|汇出|汇出成|另存新档|另存新档|存档|存档成|saving|saved|exporting|exported|write out|write it out|save out|save it|save this|save a|dump|hand over|hand me the|hand back|give me the|give it back as|spit out|send it as|send it back as|deliver as|i want it as|need it as|want it as|download as|let me download",
    ),
    (
        Verb::Compress,
        "compress|compress to|reduce the file size|reduce file size|shrink the file|make the file smaller|optimize|压缩|压缩到|压缩成|压缩至|压到|压成|减小体积|瘦身|减小文件|压一下|压缩下|压缩一下|压缩为|压缩在|压小|压小点|压小一点|压至|控制大小|减肥|体积小一点|体积减小|文件小一点|文件压小|文件压到|变小体积|make the file small|smaller file|shrink file|shrink the filesize|get the file|get the file size|keep the file|keep the file size|bring the file size|bring the file|squeeze it|squeeze the file|lighter file|crunch",
    ),
    (
        Verb::Describe,
        "describe|tell me about|what is in|what's in|what is this|what's this|what's on|what does this|whats in|analyze|analyse|inspect|identify|info|image info|information|details of|how big is|how large is|how big|how large|what size|what size is|what are the dimensions|dimensions of|what format|what resolution|what colours|what colors|which format|how wide|how many people|how many|描述|描述一下|说说|识别|分析|分析一下|介绍一下|多大|有多大|多宽|多高|多少像素|什么格式|啥格式|什么尺寸|尺寸是多少|分辨率是多少|图里有什么|有什么|有啥|有哪些|是什么|里面是什么|有几个|有多少|几个人|什么颜色|查看信息|图片信息|信息|这是啥|这是什么|什么图|详情|大小是多少|多少kb|有啥呀|给我说说|都有啥|看看这张|看看图里|看看这图|看看照片|看一下这张|看看尺寸|看看这张照片|what am i looking at|tell me what's in it|what file format|what does this have|tell me what|念念图里有啥|what do you see|any people in here|都有什么|说说这张|几条|看一下照片|看下图|看看图|看下这张|分析下|描述下|讲讲|讲一下|讲讲这张|说下|说一说|介绍下|什么内容|啥内容|图里是啥|图里是什么|这图是什么|拍的是什么|拍的啥|是啥|看得出|看出什么|数一数|数数|数一下|格式是什么|是什么格式|尺寸多大|多大尺寸|什么分辨率|分辨率多少|像素多少|多少k|多少兆|多少m|多大的文件|文件多大|占多大|什么比例|宽高是多少|宽高多少|长宽多少|说明图片内容|看图说话|what you see|what can you see|what's there|what is there|what objects|what things|count the|count how many|how many cars|how many dogs|tell me the size|tell me the dimensions|tell me the format|tell me the resolution|what's the size|what's the resolution|what's the format|what's the file size|what is the size|what is the resolution|what is the format|what are the colours|what are the colors|which colours|which colors|main colours|main colors|dominant colours|dominant colors|give me the details|give me a description|give me the specs|specs|report on|explain this picture|explain this image|explain the image|caption this|what's happening|what is happening|what's going on|有几只|有几条|有几辆|有几张|有几位|有没有|几辆|几位|多少个|多少只|多少人|多少张|几只猫|几只狗|有多少人|有多少只|有什么东西|都有谁|有谁|有些什么|都有些什么|里面有什么|里面有啥|图上有什么|图上有啥|图中有什么|show me|啥尺寸|什么大小|啥大小|尺寸是啥|大小是啥|啥比例|啥分辨率|多大的图|多少像素的|说明一下内容|讲讲内容|里头都有啥|里头有啥|里面都有啥|file size and format|size and format|format and size|dimensions and format|what dimensions|number of people|number of objects",
    ),
    (
        Verb::Restore,
        "mend|patch up|repair|bring it back to life|bring back to life|revive|rescue this old|修好|修补|补好|弄好|救活|翻新|修旧如新|restore|repair|restoration|fix up|revive|fix|修复|还原老照片|翻新|老照片修复|修补|修好|复原|修一修|修复修复|修一下|修修|修个|mend|patch up|修旧|修老照片|修照片|修旧照片|修一下老照片|修下|修旧如新|修复下|修复一下|修复好|修补下|修补一下|修补好|翻新一下|抢救|抢救一下|恢复老照片|复原老照片|老照片翻新|旧照翻新|照片修复|rejuvenate|refurbish|bring back to life|bring it back to life|bring this back to life|give new life to|repaired|restored|touch it up|freshen up|make it like new|make it look new|clean up this old|mend it|heal the photo|recondition|修吗|能修吗|能修|给修修|帮修|修个图|back to life|to life|life back into|补好|补一补|补全破损|修修补补|can it be saved|can this be saved|could it be saved|can it be rescued|can it be salvaged|can this be rescued",
    ),
    (
        Verb::Colorize,
        "put colour in|put color in|put colour into|put color into|add colour to this black|给点颜色|有颜色|变彩色|变成彩色|弄成彩色|做成彩色|上点色|上点颜色|填色|彩色化|colorize|colourize|colorise|colourise|colour it|color it|color in|colour in|colour them|color the photo|colour the photo|colour the picture|color the picture|add some colour|add some color|bring colour to|bring color to|add color|add colour|上色|着色|变彩色|彩色化|填色|加色|变成彩色|转成彩色|转彩色|上个色|上颜色|变成彩色的|变彩色的|彩色的|上点色|give it colour|give it color|give it natural colour|give it natural color|natural colour|natural colours|natural color|natural colors|real colours|real colors|变回彩色|弄成彩色|变成彩照|彩照|colour this|color this|colour my|color my|colour that|color that|colour these|color these|colour up|上上色|有点颜色|彩色长怎样|上色吧|colourised|colorized|put colour into|put color into|add realistic color|add realistic colour|in color|in colour|put some colour into|上个颜色|给上个颜色|上点颜色|a color one|a colour one|color version|colour version|look colorized|looks in color|look in colour|上个色吧|上色处理|彩色一下|变成彩的|变彩|弄彩色|转为彩色|换成彩色|加上颜色|加点颜色|给点颜色|填上颜色|添色|着个色|着上色|还原色彩|还原颜色|恢复色彩|恢复颜色|黑白变彩色|黑白转彩色|黑白照变彩色|make it colour|make it color|make it colourful|make it colorful|turn it colour|turn it color|turn to color|turn to colour|tint by hand|hand-tint|hand tint|hand-colour|hand-color|full colour|full color|living colour|living color|add in colour|add in color|apply colour|apply color|give it some colour|give it some color|bring in colour|bring in color|colouring|coloring|colourisation|colorization|colourization|into colour|into color|to colour|to color|into full colour|into full color|bring it into colour|bring it into color|bring into colour|in natural colours|in natural colors|in full colour|in full color",
    ),
    (
        Verb::Enhance,
        "add punch|give it punch|add some punch|add some life|liven it up|liven up|perk up|jazz it up|spruce up|spruce it up|freshen up|freshen it up|polish|polish it|fix the exposure|correct the exposure|fix the lighting|fix the colours|fix the colors|correct the colours|correct the colors|colour correct|color correct|纠色|纠一下|纠正偏色|校色|校正颜色|调色校正|enhance|auto enhance|auto-enhance|auto adjust|auto fix|autofix|improve the lighting|improve the exposure|fix the exposure|fix the lighting|auto tone|auto levels|auto white balance|enhancement|提亮|自动增强|增强|自动调整|自动优化|一键美化|优化|自动调色|自动白平衡|自动修图|改善光线|补光|美化|白平衡|校正白平衡|auto fix the light|fix the light|提亮一些|白平横|校正颜色|校色|auto correct|autocorrect|提提亮|提一下亮|打亮一点|lighten it up|白平衡自动校正|自动校正下白平横|自动校正白平衡|自动校正下白平衡|白平衡自动校正下|white balance|brighten up this low light|auto-fix|fix for the lighting|one-click|sort it automatically|一键修|自动修一修|自动修|auto fix lighting|one click enhance|sort it out|救一下|提亮一下|rescue it|rescue|自动美化|一键优化|一键增强|一键调色|一键美图|智能优化|智能增强|智能调色|智能修图|优化一下|优化下|增强一下|增强下|自动调一下|自动调|自动调色一下|美化一下|美化下|改善|改善一下|改善画质|画质增强|画质优化|光线调好|调一下光|调光|自动曝光|自动对比度|自动色阶|自动色彩|自动颜色|救救|救救它|抢救下|auto-correct|auto correction|auto light|auto colour|auto color|auto contrast|auto exposure|autotone|auto-tone|auto-level|one click fix|one-click fix|one click|fix exposure|fix the colours|fix the colors|fix the colour balance|fix the color balance|balance the colours|balance the colors|balance the light|improve the photo|improve the picture|improve the quality|improve the image|save this photo|save this shot|salvage|rescue this|auto tune|白平衡校准|校准白平衡|校准颜色|颜色校准|白平衡调一下|调白平衡|白平衡调好|correct them|correct it|correct this|correct the colours|correct the colors|correct the exposure|correct automatically|dehaze|remove the haze|remove haze|clear the haze|less hazy|去雾|除雾",
    ),
    (
        Verb::Sharpen,
        "sharpen|sharper|crisp|crisper|clearer|make it clear|make it sharp|锐化|更锐|加锐|锐利|清晰化|清晰|弄清晰|清晰一点|清晰点|修清晰|修清楚|搞清晰|搞清楚|做清晰|清楚一些|清晰一些|更清晰|变清楚|清楚一点|锐一点|锐一下|锐化一下|锐利一点|清楚点|锐利度加强|锐利度|锐化强一点|加强锐化|弄清楚|锐利点儿|锐利点|slight sharpen|a little sharper|提高一点清晰度|清晰度|锐化点|锐化些|锐化一点|锐化下|锐化处理|锐一些|再锐|加点锐化|加个锐化|加锐化|做锐化|清晰些|变清晰一点|提高锐度|锐度提高|锐度|锐度加|sharpening|sharpened|sharpness|crispen|crisp up|crispy|add sharpness|more sharpness|add sharpening|apply sharpening|bring out the edges|crisp it up|sharpen up",
    ),
    (
        Verb::Denoise,
        "denoise|de-noise|noise reduction|reduce noise|reduce the noise|remove noise|remove the noise|remove grain|remove the grain|降噪|去噪|去噪点|减噪|去除噪点|消除噪点|去颗粒|降噪点|降降噪|降下噪|降个噪|take out the noise|去杂讯|degrain|de-grain|less grainy|remove the graininess|去下噪|除噪|smooth the noise out|filter the noise out|noise out|去去噪|降一降噪|降一下噪|磨掉颗粒|磨掉颗粒感|降噪处理|降噪一下|去噪处理|去噪一下|去噪声|减少噪点|降低噪点|消噪|噪点去掉|噪点去除|去掉颗粒感|磨平颗粒|denoising|noise removal|remove the speckles|smooth out the noise|smooth the grain|reduce grain|reduce the grain|clean the noise|clear the noise|noise filter|de-speckle|despeckle|less noise|less noisy|less grain",
    ),
    (
        Verb::Deblur,
        "手抖拍糊|救糊|糊了救|拍糊了救救|去虚|fix the shake|fix the blur|fix the motion blur|undo the blur|less blurry|not blurry|unblur|deblur|de-blur|unblur|fix the blur|remove the blur|remove blur|fix motion blur|too blurry|blurry|remove motion blur|去模糊|去除模糊|消除模糊|变不模糊|太模糊了|太模糊|有点模糊|不清晰|不够清晰|抖动模糊|运动模糊|motion blur|拍糊了|拍糊|糊了|手抖|拍虚了|拍虚|虚了|fix the shake|shaky|camera shake|out of focus|对焦没对上|没对上焦|hand shook|fix the camera shake|去下模糊|去一下模糊|抖糊了|全程抖|motion blurred|糊的地方|拍糊的|抖糊|模糊的照片|模糊的图片|模糊的图|模糊的相片|模糊的老照片|模糊的旧照片|模糊的产品图|模糊的商品图|模糊的截图|模糊的画面|模糊的人像|模糊的视频截图|模糊照片|模糊图片|模糊图|模糊不清|很模糊|好模糊|比较模糊|特别模糊|模糊得很|不太清楚|不清楚|有点糊|有些模糊|糊的照片|糊的图|blurred photo|blurred picture|blurred image|blurry photo|blurry picture|blurry image|blurry shot|去糊|去抖|去抖动|防抖|消抖|消除抖动|去除抖动|对焦没对好|没对好焦|对焦不准|跑焦|跑焦了|失焦|失焦了|没对焦|对焦失败|脱焦|发虚|发糊|有点虚|有点糊了|太糊|太糊了|太虚|太虚了|糊掉了|糊成一片|手抖了|手抖拍糊|remove the shake|fix blur|fix the blurriness|blurriness|less blurry|unblurred|deblurring|remove motion|hand shake|hand was shaking|my hand shook|moved while|not in focus|isn't in focus|not sharp|missed focus|missed the focus|focus is off|unfocused|out-of-focus|fuzzy|smeared by motion|smeary",
    ),
    (
        Verb::Raise,
        "pump up|push up|bump up|crank up|turn up|dial up|boost|pull up|bring up|ramp up|beef up|raise|increase|jack up|往上调|往上提|拉高|调大|加大|加强|加重|提上去|提升|提高|拔高|升高|increase|raise|boost|up|turn up|bump up|bump|higher|crank up|提高|增加|增大|调高|加强|提升|加大|升高|上调|拉高|更|增强一点|加深|再加|提|lift|push up|bring up|往上提|拉起来|拉上去|提到|推高|上调到|提升一点|加一些|多加|heighten|intensify|amplify|step up|dial up|ramp up|increase by|raise by|pump up|pump|bring up by|push|add more|give more|put up|nudge up|高一点|高一些|高点|高些|再高|再高一点|再高点|调高一点|调高点|多一点儿|拉高一点|higher up",
    ),
    (
        Verb::Lower,
        "pull down|bring down|dial down|dial back|turn down|tone down|tone it down|knock back|knock down|cut down|scale back|tame|ease off|ease|reduce|reduce the|lessen|往下调|往下压|压一压|压下来|收一收|收一点|降下来|减弱|减轻|削弱|调小|拉低|decrease|reduce|lower|less|turn down|dial down|tone down|cut down|bring down|降低|减少|减小|调低|减弱|下调|降|拉低|减|削弱|调弱|压|往下压|压低|pull down|bring|往下收收|往下收|收收|降一点|降点|降些|调下|调下来|拉下来|拉下|收一下|压下|压下来|减一点|减点|减去|减掉|往下调|往下拉|调低一点|decrease by|reduce by|lower by|drop by|bring down by|ease off|ease|soften down|take off a bit|knock down|knock back|pull back|cut back|nudge down|step down|ramp down|lessen|diminish|minimize|minimise|低一点|低一些|低点|低些|再低|再低一点|再低点|调低点|调低一些|拉低一点|拉低点|lower down",
    ),
    (
        Verb::Recolor,
        "dye|paint it|respray|spray|tint|染|染成|刷成|漆成|喷成|喷漆成|涂成|改色|换色|变色|recolor|recolour|paint|dye|tint|染成|涂上|刷成|改颜色|换颜色|换色|变色|改色|换个颜色|改个颜色|染|喷成|漆成|染个|上成|改色成|变换颜色|换个色|换个色儿|换一个颜色|颜色换|颜色换成|颜色改成|颜色改为|颜色变成|改成别的颜色|调成颜色|recolour to|recolor to|recolored|recoloured|repaint it in|repaint them|spray|spray paint|painted|dyed|change colour|change color|change the colour of|change the color of|colour swap|color swap",
    ),
    (
        Verb::Swap,
        "swap|exchange|换产品|换商品|产品替换|替换产品|换货|互换|对调|顶掉|trade|换上去|same scene, but with|same scene but with|same photo, but with|same photo but with|same picture, but with|same picture but with|same shot, but with|same shot but with|same room, but with|same room but with|keep the scene but put|keep the scene, but put|trade places with|stand in for|substitute for|replace the product|replace the item|替换一下产品|换个产品|换一下产品|换成新品|should wear|穿上|换穿|套用图",
    ),
    (
        Verb::Translate,
        "put into|translate|render in|译成|翻成|译为|翻为|换成英文版|翻译为|translate|translate into|translation|localize|localise|翻译|翻译成|翻译为|译成|译为|翻成|汉化|翻译下|翻译一下|翻译过来|翻过来成|翻做|翻一份|译|译一下|翻一下成|翻出来|翻译出来|翻译到|翻译版|本地化|本土化|translated|translating|render into|put into|say in",
    ),
    (
        Verb::ReadText,
        "ocr|read|read out|recognize|recognise|transcribe|读取|识别文字|提取文字|文字识别|读出|读一下|文字提取|念出|识字|写的啥|写的什么|写了什么|写着什么|写了啥|写着啥|上面写的啥|what does it say|what it says|打出来|敲出来|抄下来|读出来|念一下|copy the text|type it out|type out|转成文字|what's written|提取一下|认一下字|念给我听|抓出来|认出来|read the text|认一认|认字|字抓出来|what is written|what's it say|what does the sign say|transcribe this|读出来吧|字读出来|whats it say|copy the words out|识别出来|字识别出来|读字|识别一下字|识别字|把字读|字读一下|文字提出来|提字|提取字|扒字|扒文字|文字转出来|文字复制|复制文字|复制出文字|字复制|抄一下|扫描文字|ocr一下|ocr识别|文字列出来|列出文字|写着|说的什么|说的啥|上面说|what do the words say|what does this say|what does the label say|what does the text say|what does the screen say|what's the text|extract the text|extract text|extract the words|extract all text|pull the text|pull out the text|pull the words|pull out the words|get the text|get me the text|grab the text|give me the text|list the text|list all text|list the words|copy out|copy the words|copy down|i can copy it|make out the|decipher|text recognition|recognise the text|recognize the text|transcription|transcript|copy all the|copy all|copy all the text|copy all text|what text|which text|what words|which words|what letters|what writing",
    ),
    (
        Verb::Draw,
        "draw|generate|imagine|paint me|画|画一|画个|画一个|画一只|画一张|画一幅|画一朵|画一棵|生成|生成一张|生成一个|创作|绘制|文生图|画出|make me an image of|make me a picture of|create an image of|create a picture of|make an image of|make a picture of|draw me|画束|画只|画幅|画朵|画棵|画点|画些|生成张|generate me|paint me a picture of|做一张图|画一间|画一片|画上|repaint|长出|补画|dream up an image of|dream up|come up with an image of|凭空来一张|想要张图|create a new image|给我画|画一条|画一座|画一栋|画一个人|画一道|画一扇|画张|改画成|改画|改画为|重画成|画成一|来一幅|来幅|来一张新|生一张|出一张新|凭空|凭空画|想象|构思|生成一幅|生成一只|生成一个人|做一幅|render me|sketch me|illustrate|make up|conjure|conjure up|invent|visualize|visualise|picture of a new|text to image|text-to-image|dream|design me|补画一张|补画一个|补画一只|补画上|补画一把|补画一棵|补画一朵",
    ),
    (Verb::Restyle, "restyle|stylize|stylise|re-style|redraw|reimagine|风格化|重绘|转绘|画风|变成画"),
    (
        Verb::Extend,
        "headroom|more headroom|add headroom|多出来一些画面|再多出来一些画面|多出一些画面|多点画面|补出画面|画面补全|补画出来|续上画面|往外多画|多画一点|多画出|往外画|画面往外|补全两边|补全画面|extend|expand|outpaint|uncrop|widen|extend the canvas|扩展|扩展成|扩展到|扩展为|扩图|扩画|延展|延伸|外扩|扩充|向外扩|扩|扩成|扩到|补画面|拓展|往外扩|向外延伸|画面扩|extending the scene|接着画下去|widen to|画面接着|continuing the scene|补出来|more empty space|延长|延展出|往外延|往外拓|往外扩展|往外延展|画布扩大|扩大画布|加宽|加长|加高|画面扩大|扩边缘|补画布|补全|续画|延申|out-paint|stretch the canvas|enlarge the canvas|grow the canvas|more canvas|more room|more space|add room|add space|give it room|more px of room|px of room|extra space|extra room|zoom out|push the edges|widen the frame|widen the shot|extend out|make the canvas|broaden|lengthen|往外延伸|more sky|more background|more floor|more ground|more foreground|more space around|more room around|more wall|more headroom|more grass|more sea|continue the image|continue the picture|continue the scene|continue the background|continue the photo|carry on the scene",
    ),
    (
        Verb::Match,
        "look alike|make them look alike|use the first as reference|use the second as reference|as reference|as a reference|grade this like|like the attached reference|same feel as|同样风格|统一色调|色调统一|光线统一|光影统一|影调统一|match|match to|copy the look|same look as|same colours as|same colors as|same tones as|匹配|追色|仿色|参考|参照|按照|照着|跟着|统一成|调色成|一样|对齐|同款色调|same colour grade|same color grade|same mood as|套用|保持一致|调一致|跟上一致|色调一致|look like image|look like the other|grade the first|grade it like|照着它|照它|take on the tones of|take on the look of|take on the colours of|调得一样|学一下|学着|copy the colour grade|copy the color grade|copy the colours|copy the colors|照着它来|照着来|onto the look of|match the look|统一起来|统一|配色|照着配|跟它一致|统一色调|色调跟|仿照|模仿|照抄|照搬|比照|对标|看齐|一个色调|一样的色调|同色调|相同的色调|调成一样|弄成一样|跟图|套色|套图|取色|借鉴|照这个|照那个|照片风格迁移|tone match|color match|colour match|colour-match|color-match|matching|matched|borrow|borrow the|steal the|take the colours from|take the colors from|take the look of|imitate|mimic|copy its|same grade as|same feel as|same vibe as|same look and feel|same palette as|in the same tones|in line with|harmonize|harmonise|consistent with|make consistent|grade|靠拢|接近|靠近|趋同|同样的|同样|相同|相同的|调成一致|一模一样|类似|类似的|相似|that look of|in the style of image|like the one in|like in|carry over|take over|transfer the look|transfer the palette|transfer the colours|transfer the colors|transfer the tones|transfer the colour|transfer the color|为准|为参考|为标准|做参考|作参考|学|看齐图|copy the lighting|copy the mood|copy the style|copy the tones|copy the palette|copy the grade",
    ),
    (
        Verb::Retouch,
        "get rid of the pimples|clear up the acne|皮肤弄好点|皮肤修一修|脸修一修|修修脸|修一修皮肤|修饰皮肤|retouch|smooth|beautify|airbrush|touch up|smooth out|whiten|磨皮|美颜|美白|祛痘|去痘|祛斑|去斑|瘦脸|美肤|去皱|人像精修|精修|人像美容|去黑眼圈|祛皱|修脸|光滑|人像磨皮|磨磨皮|磨个皮|修修脸|修一下脸|美个颜|去去痘|磨一下皮|柔肤|嫩肤|瘦瘦脸|whiter|白一点|白一些|修得自然|瑕疵修|修修皮肤|tidy up the blemishes|tidy up my skin|p白点|p白|亮白|祛了痘|磨一磨|皮肤磨一磨|弄白点儿|弄白点|斑点修掉|修掉斑|痘修掉|tidy the skin|tidy up skin|tidy|even out my skin|smooth out my skin|磨一下|皮肤磨一下|clean up the spots|修修脸部|修容|修图美颜|磨皮一下|磨皮处理|磨下皮|磨点皮|皮肤细腻|细腻|细腻一点|光滑一点|光滑些|肤质改善|淡斑|去斑点|去粉刺|去雀斑|去黑头|去法令纹|去眼袋|去油光|祛雀斑|祛眼袋|祛黑眼圈|祛皱纹|除皱|除痘|面部修饰|面部美容|脸部修饰|修饰|修饰一下|修脸一下|美颜一下|美颜下|美容|美容一下|牙齿美白|美白一下|白皙|白净|眼睛亮|clear up her skin|clear up his skin|clear up my skin|clear up the skin|retouching|retouched|beauty retouch|touch-up|touch ups|portrait retouch|powder|whitening|brighten the teeth|brighten the eyes|whiter teeth|even out|even up|匀净|匀称",
    ),
    (
        Verb::Arrange,
        "arrange|combine|lay out|line up|group|merge|collage|compose|摆放|排列|排成|拼成|组合|组合成|排在|合成|拼图|拼在一起|放到一张|放在一张|合到一张|放在一起|拼到一张|合成一张|摆成一排|排成一排|摆在一起|合在一起|排一排|合集图|合集|做个合集|on one pic|in one picture|in one image|on one picture|into one image|in one pic|into one picture|摆一排|凑成一张|放一张图里|放一张图|排一起|凑成一张图|凑成|陈列|陈列在|陈列图|摆一起|摆成一列|摆好|摆开|排好|排列好|排列成|排成两排|排成一列|列成|列成一排|并列|合并|合并成|合并到|凑一起|凑一块|集合|汇总|拼个|拼一个|拼一张|拼出|拼图成|拼|组图|组成|组一张|组个|布置|line them up|lined up|lay them out|laid out|set them out|put them all|put these together|put them together|gather|assemble|assembled|arranged|combined|composite of|composition|montage|put side by side|display them|display these|group shot|all together|into a single picture|into a single image|in a single image",
    ),
    (
        Verb::BringBack,
        "bring back|put back|paste back|lay back|recover|get back|贴回来|贴回去|贴回|找回|找回来|恢复|还原|拿回来|补回来|加回来|弄回来|叠回来|放回来|paint back|pull them from|pull|take back|还给我|补上|reinstate|put back on|叠回去|贴上去|还原回|找回来点|补回去|补回|找补回来|找补|救回来|拿回|还回来|还原回来|还原回去|恢复回来|恢复回去|恢复一下|恢复下|恢复原样|变回去|变回原样|改回去|改回来|弄回去|弄回原样|换回去|换回来|换回原来的|退回原样|回复原状|回复|put it back to|put that back|undo just|bring it back|back to how it was|back to the way|re-inject|reinject|re-add|readd|reapply|re-apply|reintroduce|recovering|regain|get it back|recapture|salvage the|give me back|give back|get me back|bring me back|give it back|transfer",
    ),
    (
        Verb::Fit,
        "comply|comply with|conform|conform to|meet|meet the|fit for|comply to|prepare for|ready for|符合|满足|达到|适配|适合|合规|compliant|按要求做|prep that|fit the rules|合规的|弄合规|做合规|合乎|合要求|合规格|过审|能过审|过审核|能上传|上架用|达标|合标准|按规范|按标准|按照规范|按照要求|符合规范|符合要求|符合规定|规格做|for upload to|upload to|conforming|conformant|suitable for|meets|per the|according to the|up to spec|to spec|within the rules|within the guidelines|acceptable for|accepted by|pass the|approved for|approved by|eligible for|prepare it for|prepare this for|make it ready for|prep it for|prep this for|get this ready for|get it ready for|adapt it for|adapt it to|adapt this for|optimise it for|optimize it for|for use on|make it fit|fits|fit it for|fit",
    ),
    (
        Verb::Mockup,
        "mockup|mock-up|mock up|device frame|样机|套样机|套壳|带壳截图|样机图|外框|套一个|套个|shown inside|inside a|shown on a|套进|壳子|show it on|外壳|框架|套手机|show my app screen on a|show my screen on a|screen on a|样机展示|展示在|展示到|展示在手机|套进去|壳|壳子里|机壳|加壳|带壳|壳框|上机|贴到手机|mocked up|mockups|frame it in|framed in|in a frame of|put on a screen|on a screen|on the screen of|device mockup|in a device|inside the frame of|how would this look on|how would it look on|what would it look like on|what would this look like on|see it on|preview on|preview it on|display it on|present it on|mock it up|mock this up|显示在|呈现在|展示在屏幕",
    ),
    (
        Verb::Stickers,
        "sticker pack|stickers|sticker set|emoji pack|sticker|表情包|一套表情|a pack of|pack of|套表情包|做套表情|chat stickers|微信表情|做表情|个表情|张表情|做贴纸|贴纸包|一套贴纸|套贴纸|成贴纸|sticker pack from|一组表情|做组表情|套表情|套贴图|一套贴图|贴图包|表情贴纸|表情图|聊天表情|斗图|emojis|emoji set|emoticons|emoticon pack|reaction stickers|sticker sheet|line stickers|telegram stickers|whatsapp stickers|stickerpack|sticker series",
    ),
    (
        Verb::Cover,
        "cover|cover image|thumbnail|封面|封面图|头图|首图|封面设计|做封面|视频封面|文章封面|笔记封面|头图设计|cover picture|cover photo|cover art|cover page|thumbnails|title card|header image|youtube thumbnail|youtube cover|bilibili cover|b站封面|抖音封面|公众号封面|facebook cover|video thumbnail|youtube封面|视频号封面|video cover|blog cover|article cover|book cover|album cover",
    ),
    (
        Verb::Poster,
        "poster|flyer|banner|海报|宣传图|横幅|宣传海报|传单|大字报|促销海报|活动海报|宣传页|宣传单|招贴|贺卡|邀请函|placard|leaflet design|flyers|posters|promo image|promo banner|advertisement poster|invitation",
    ),
    (
        Verb::Split,
        "切成|切几张|切开成|切份|裁成几张|切五份|切4份|切5份|切3份|切6份|拆几张|cut it up|cut up this|cut this up|cut this page|slice this|slice this page|chop this page|split|slice|split up|cut into|cut this into|cut it into|cut the picture into|cut this picture into|slice this into|slice it into|切成|切分|分割|切片|拆分|分成|切割|拆成|切割成|分割成|chop|chop up|chop into|切开|裁开|切段|分段|切几段|切成几段|cut up|cut apart|apart|切图|自动切图|chop it into|切三段|切两段|切几张|剁开|切成段|cut it up into|chop the page|split it at|平均切|切四份|切两份|切五份|divide it into|divide into|断开|断成|分开|分块|分成几段|分成几份|分几张|分几段|拆开|拆成几张|切几刀|切几块|切成几张|切成几块|切成几份|截断|截成几段|裁成几段|等分|等分成|均分|均分成|平均分成|平均分|平分|slicing|sliced|splitting|cut it up|cut this up|cut in|cut it in|chop it in|chop this into|chop this up|break up|break it up|break into|break it into|divide|divide up|carve up|carve into|segment into|separate into|tear into|snip into|cut it wherever|cut it where|cut it at|cut at|cut wherever|cut where|in half|一分为二|对半切|对半分|切两半|切成两半|分成两半|处切|处切开|处断开|处分开|的地方切|的地方断",
    ),
    (
        Verb::Stitch,
        "从上到下拼|从左到右拼|上下拼|左右拼|竖着接|横着接|接成一张|连成长图|拼长|join these|join them|stick these together|one below the other|one under the other|stitch|join|concatenate|stitch together|join together|拼接|拼长图|长图拼接|接起来|拼起来|连起来|拼成长图|拼接成|拼一起|拼到一起|竖着拼|横着拼|接成|连成|接在一起|stick them together|stick together|put together|join up|拼成长条|上下拼成|左右拼成|竖向拼|横向拼|拼成一张长图|拼成一长张|左右拼|上下拼|glue|glue them|stack|左右拼一起|上下拼一起|横着拼一起|竖着拼一起|并排拼|接成一条长图|接成一条|并着拼|join all|one long strip|one on top of the other|glue these|接成一张|接成长图|接长图|接一起|接到一起|接起|拼长|拼长条|拼成一条|拼接一下|拼接起来|拼接到一起|拼成竖的|拼成横的|上下接|左右接|上下接起来|连接|连接起来|连在一起|连到一起|连成一张|首尾相接|合成长图|做成长图|做长图|拼成一整张|glue together|glue the|glued|merge into a long|attach them|tape together|fuse|one after another|string together|connect|connect them|into a long image|into one long image|into one long picture|into a long screenshot|stitching|stitched|panorama",
    ),
    (
        Verb::Select,
        "select|mark|highlight|pick|find|选中|选择|圈出|选出|标出|框出|选取|框选|圈出来|标出来|指出来|选出来|框出来|选起来|highlight just|选给我|框起来|mask of|show me the selection of|selection of|mask the|选一下|选|选一个|选定|选住|选上|选择一下|框住|框一下|圈住|圈一下|勾出|勾选|勾出来|抠选|高亮|高亮出来|高亮显示|标记|标记出来|标记一下|画个框|套索|pick out|selecting|selected|lasso|point out|show me where|show me which|mark out|identify the|locate|find me|put a mask on|put a mask over|make a mask of|make a mask for|create a mask|create a mask of|create a mask for|mask for|draw a mask around|make a selection of|create a selection of|select all|grab everything",
    ),
    (
        Verb::GoBack,
        "open version|back to version|load version|use version|show version|去到版本|打开版本|打开第|go back to|go back|back to|return to|revert to|switch to|switch back to|check out|checkout|roll back to|jump to|回到|返回|切换到|回退到|退回到|退回|恢复到|回滚到|跳到|切到|还原到|还原成|退到|恢复成|回|用回|退回去到|切回|回到原来|back to the|切回去|回到那版|切换回|切回到|回退至|退回至|返回到|跳回|跳回到|恢复至|还原至|回溯到|回溯|倒回|倒回到|倒退到|退至|continue from|carry on from|go on from|work from|continue with|start from|load|revert back to|get back to|take me back to|take me to|bring me back to|skip back to|jump back to|switch over to|let's use|rewind to|return me to",
    ),
    (
        Verb::Undo,
        "undo|undo the last step|undo the last change|undo the last edit|undo last step|go back one|undo that|undo it|step back|one step back|go back one step|take that back|previous step|never mind that|ctrl z|ctrl+z|revert that|revert the last change|还是刚才的|还是刚才那个|还是上一个|还是上一版|还是之前的|还是之前那个|撤销|撤消|撤回|上一步|退一步|回退|后退|回退一步|撤销一下|返回上一步|回到上一步|取消上一步|反悔|回到上一版|上一个版本|退回上一步|撤一步|取消刚才的操作|取消刚才|撤销刚才的操作|撤销上一步|退回去|退回来|take that last change back|take the last change back|take it back|undo what|刚才那步不要了|上一步不要了|刚才那步不要|撤了|撤掉上一步|undo last|roll that back|roll it back|go back a step|back one|步退掉|退掉|那步退掉|那步取消|刚才那步取消|取消那步|刚才那下不算|刚刚那下不算|那下不算|刚才的不算|刚刚的不算|刚才不算|刚刚不算|这步不算|上一步不算|上步不算|取消刚刚|刚刚那步不要|刚刚那步不要了|刚才的不要了|刚刚的不要了|刚才的不要|刚刚的不要|撤销刚刚|撤销一步|撤一下|撤回一步|撤回来|撤下|退一下|退回一步|退一次|回退一下|回退一次|往回退|往后退|往后退一步|往前退一步|后退一下|还原上一步|还原刚才|上一步撤销|取消上一个操作|取消上次操作|取消上次|上一步取消|这步取消|这一步取消|这步撤销|复原上一步|回上一步|回到前一步|返回前一步|倒回一步|倒回上一步|倒退一步|收回|收回刚才|undo please|undo the last one|undo the last|undo this|undo my last|cancel that|cancel the last|cancel last|cancel it|scratch the last|reverse that|reverse the last|revert it|revert last|revert the last|revert one|go one back|go back once|get rid of the last change|remove the last change|remove the last edit|back up one|back up a step|step backwards|step backward|one back|back a step|back one step|rewind|rewind one|rewind that|take back the last|take back what|that was a mistake|forget that|forget the last|ctrl-z|cmd z|cmd+z|command z|cmd-z|undo the last move",
    ),
    (
        Verb::Redo,
        "want back what i just undid|back what i just undid|get back what i undid|put back what i just undid|bring back what i just undid|刚才撤掉的还给我|撤掉的还回来|redo|redo that|redo it|step forward|ctrl y|重做|恢复撤销|前进一步|下一步|取消撤销|redo what|恢复刚才撤销的|刚撤销的那步恢复|把刚撤销的恢复|刚撤销的|刚撤销|刚才撤销的|那步还是给我恢复|恢复一步|往前恢复一步|往前恢复|往前一步|往前走一步|前进一下|前进|再前进|恢复下一步|撤多了|撤销多了|撤过头|撤过头了|退多了|退过头了|取消撤回|取消刚才的撤销|撤销撤销|撤销刚才的撤销|撤回撤销|反撤销|重做一下|重做一步|重做上一步|又要了|还是要刚才的|还是要那步|把撤销的恢复|恢复撤销的|恢复被撤销的|undo the undo|undo my undo|undid too much|undid too far|went back too far|went too far back|redo please|redo the last|redo last|redo one|redo step|bring back what i undid|bring back the undone|bring back what you undid|put back what i undid|reapply what i undid|restore what i undid|forward one|forward one step|one step forward|go forward|go forward one|step forwards|step forward again|ctrl-y|cmd shift z|ctrl shift z|ctrl+shift+z|forward again",
    ),
    (
        Verb::Reset,
        "throw everything away|begin with the original again|begin again with the original|start from the original|go back to the very beginning|forget everything|scrap it and start over|前面改的都不算|之前改的都不算|改的都不算|全都不算|都不算数|从原图重新开始|推翻重来|一切重来|还是从头来|回到原图重来|start over|reset|start again|start from scratch|discard all changes|revert everything|undo everything|undo all|reset everything|重新开始|从头来|从头开始|重来|重置|全部撤销|清空修改|还原所有|撤销全部|撤销所有|从原图重新开始|全部推翻|恢复到最初|恢复到最开始|推倒重来|start fresh|untouched upload|都不要了|全都不要了|全不要了|从零开始|back to the start|back to the beginning|重新来|从原图重新来|scrap all of it|scrap it all|scrap everything|改动都不要了|改动全不要了|改动都不要|所有改动都不要|所有改动不要了|全部改动|全部改动不要|所有修改都不要|修改都不要了|修改全不要|改的都不要了|改的全不要|前面的都不要了|前面的改动都不要|之前的都不要了|之前的改动都不要|统统不要了|全部还原|全部恢复|全部取消|全部作废|全作废|全部清除|清除所有修改|放弃所有修改|放弃修改|放弃全部修改|放弃改动|丢弃所有修改|回到起点|回到最初|回到最开始|回到一开始|回到开头|回到最初上传的样子|回到刚上传|回到刚上传时|恢复原始|恢复成原始|恢复初始|恢复最初|还原成最初|还原到最初|还原到最开始|还原初始|从最开始|归零|清零|重头来过|重头来|重头开始|重新弄|重新做|从新来|从新开始|再从头|一切归零|全部重来|全部重置|scrap all|scrap all my edits|scrap my edits|scrap the edits|throw away all|throw it all away|throw away my changes|throw away everything|throw out everything|discard everything|discard all|discard my edits|discard all edits|discard the edits|lose all my edits|lose all the edits|drop all my edits|drop all edits|drop all the changes|forget all the edits|forget everything|clear all edits|clear everything|clear all the changes|clear all changes|wipe all edits|wipe everything|remove all edits|remove all my edits|remove all changes|remove all my changes|undo all of it|undo all edits|undo all the edits|undo all my edits|undo all changes|undo all my changes|undo the lot|undo the whole lot|back to square one|square one|from square one|from the beginning|from the start|back to zero|back to where we started|back to where i started|back to how it started|begin again|begin afresh|start all over|start over again|start anew|clean slate|fresh start|as uploaded|as i uploaded it|the way i uploaded it|how i uploaded it|original upload|throw everything away|throw it all out",
    ),
    (
        Verb::Compare,
        "compare|show difference between|difference between|show the difference between|diff|show the difference|before and after|对比|比较|对照|比一比|对比一下|比一下|对比着看|放一块儿对比|放一起对比|比比|对比下|compare them|against version|放在一起看|比比看|比一下看看|对照下|对照一下|对照看|对照着看|比对|比对一下|比对下|对比看看|对比看|对着看|对比一眼|比较下|比较一下|比较看看|看看区别|看区别|看下区别|有什么区别|有啥区别|什么区别|区别在哪|哪里不一样|哪里变了|前后对比|前后比较|前后对照|并排看|并排看看|放一起看看|放一起看|放一起比|放在一起比|comparison|comparing|side-by-side|show side by side|see side by side|show both|see both|what changed|what's changed|what has changed|what is different|what's different|what's the difference|how does it differ|show before and after|before/after|before vs after|see the before|show me the before|versus|vs|show me the difference|show me both|show me the two|区别|差别|有何不同|不同之处|差异",
    ),
    (
        Verb::Again,
        "again|once more|one more time|do it again|do that again|repeat|repeat that|same again|再来一次|再来一遍|再做一次|再做一遍|重复一次|再一次|又来一次|重复|再执行一次|照做一遍|再做一次吧|刚才那步再做一次|再弄一次|same thing again|do it once more|再弄一下|再弄一遍|再来一下|再来一回|再来|再来一轮|再做一下|再做一回|再执行一遍|再跑一次|再跑一遍|再搞一次|重复刚才|重复刚才的操作|重复上一步|重复一遍|同样的再来|同样再来一次|照样再来|照刚才的再|and again|and once more|once again|another time|another round|another pass|one more round|one more pass|one more go|run it again|run that again|rerun|repeat it|repeat the last|repeat last|repeat the last step|repeat the same|same thing|do the same again|do that one more time|apply it again|apply that again",
    ),
];

pub(super) fn all() -> Vec<(Kind, &'static str)> {
    WORDS.iter().map(|(verb, words)| (Kind::Verb(*verb), *words)).collect()
}
