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
        "make|get|give|use|using|want|do|have|set|put in|做|做成|制作|弄|弄成|搞|搞成|要|来个|来一张|来张|用|给我|我要|需要|生成为|处理|处理成|处理一下|变得|调成|给我来|设|设置|设为|设成|设置为|调整为|调整成|使用|采用|process|produce|create|give me|i want|i need|i'd like|would like|need|turn out",
    ),
    (
        Verb::Put,
        "put|place|paste|insert|overlay|set on|放到|放在|放进|放入|放上|放|贴到|贴上|贴在|叠加|叠在|摆到|摆在|合成到|插入|盖上|贴|贴个|盖个|p到|p进|p上|stick|slap|叠个|摆|塞到|塞进|放个|放一个|搁|pop|chuck|plonk|盖在|摆成|盖在|drop it onto|drop it on|drop it in|drop this onto|drop them on|盖到|set up|改放|放最上面|drop the sticker|drop the logo|drop our logo|drop my logo|drop their logo|drop the second|drop image|drop this logo",
    ),
    (
        Verb::Add,
        "add|write|type|apply|include|append|give it|draw a border|加|加上|加个|加一个|添加|增添|添上|加入|带上|带|附上|来点|加点|打上|写上|写|标注|配一句|换上|stamp|再配|打个|添个",
    ),
    (
        Verb::Remove,
        "remove|delete|erase|get rid of|take out|take away|take off|clear|clean up|clean|wipe|wipe out|eliminate|drop|strip|strip out|discard|lose|rid of|scrub|rm|去掉|去除|删除|删掉|删去|删|移除|移走|移掉|抹掉|抹去|抹除|擦掉|擦除|消除|消掉|清除|清掉|p掉|p走|去|除掉|除去|拿掉|弄掉|干掉|剔除|扣掉|抠掉|弄走|弄没|搞掉|撤掉|取消掉|不想要|处理掉|移开|剥离|舍弃|gone|vanish|disappear|zap|nuke|ditch|整掉|去去|拿开|挪走|抹了|删了|去了|p了|弄干净|拿走|清走|擦了|消了|taken out|taken off|taken away|be gone|thrown out|要去掉|everyone out|everybody out|薅掉|剔掉|清空|涂掉|填平|has to go|have to go|need to go|needs to go|begone|strip away|撤走|祛了|扒掉|scrub out|airbrush out|photobombed",
    ),
    (
        Verb::CutOut,
        "cut out|cutout|cut-out|cut it out|isolate|extract|matte|segment|segment out|knock out|silhouette|clip out|mask out|background removal|bg removal|remove bg|removebg|rembg|抠图|抠像|抠出来|抠出|抠下来|抠取|抠|扣图|扣出来|扣出|扣下来|去底|去背|去背景|去除背景|去掉背景|退底|提取|提取出来|扒图|扒出来|剪出来|分离出来|分离|抠个图|抠一下|抠一下图|抠张图|扣个图|扣一下|扣一下图|抠干净|抠个背景|去一下背景|去个背景|去被景|knock the background out|去背后|去背景后|抠图后|扒下来|摘出来|单独摘|剔掉背景|clip the|cut round|cut around|see-through it|only need the|剥出来|掏出来|bg off|background off|去个背|单独拿出来|拿出来|need just the|transparent backgroud|其余全透明",
    ),
    (
        Verb::Change,
        "change|replace|swap out|switch|turn|turn into|convert|become|convert to|transform|alter|modify|edit|substitute|fill|fill in|换成|换为|换做|换作|换个|换一个|换|更换|更换成|更换为|替换|替换成|替换为|改成|改为|改|改一下|变成|变为|变|转成|转为|转化为|改作|修改|修改为|修改成|更改|更改为|换到|填充|填成|填充为|涂成|弄为|转换|转换成|转换为|换一下|改做|改到|改写成|换回|改回|变回",
    ),
    (
        Verb::Keep,
        "keep|leave|retain|preserve|maintain|only keep|keep only|leave only|保留|只留|只保留|仅保留|仅留|留下|留着|保持|只要|留|只留下|保住|stays|stay|stay as|图留着",
    ),
    (
        Verb::Blur,
        "blur|blurred|blur out|defocus|bokeh|soften the focus|虚化|模糊|模糊化|模糊掉|变模糊|弄模糊|虚焦|景深|糊住|糊掉|糊上|虚掉|虚一下|虚一虚|blurring|打糊|后面虚掉|后面虚化|身后虚化|后面糊掉|背后虚化|糊一下|虚一点",
    ),
    (
        Verb::Censor,
        "censor|redact|anonymize|anonymise|obscure|hide|打码|打上马赛克|加马赛克|遮住|遮挡|遮盖|涂黑|挡住|打个码|脱敏|厚码|隐藏|码掉|马掉|遮一下|盖住|厚厚的码|cover up|挡一下|挡|遮掉|blackout|black box over|black boxes|black bar over|solid black boxes|black out|blacked out|blot out",
    ),
    (Verb::Pixelate, "pixelate|pixelated|mosaic|pixellate|马赛克|像素化|马塞克|打马塞克"),
    (
        Verb::Crop,
        "crop|crop to|cropped|recrop|trim|trim to|cut to|crop it|crop down|裁剪|裁剪成|裁剪为|裁剪到|裁成|裁为|裁到|裁切|裁切成|裁切为|裁|剪裁|剪裁成|剪成|剪切|剪切成|截成|截取|裁减|裁减成|截图成|裁个|栽成|栽剪|剪一下|裁一下|剪裁为|chop it to|chop to|cut it to",
    ),
    (Verb::TrimOff, "crop off|crop out|cut off|trim off|shave off|chop off|cut away|裁掉|裁去|切掉|切除|剪掉|截掉"),
    (
        Verb::Resize,
        "resize|re-size|rescale|scale|scale to|resized|resample|缩放|缩放到|缩放为|缩放成|调整大小|调整尺寸|调整大小为|调整尺寸为|改尺寸|改大小|尺寸改为|尺寸改成|尺寸调整为|尺寸调成|大小改为|大小改成|调大小|调尺寸|调整到|调到|改尺寸为|大小调整为|大小调整到|尺寸调整到|尺寸",
    ),
    (
        Verb::Shrink,
        "shrink|reduce the size|scale down|downscale|downsize|make it smaller|smaller|reduce size|size down|minify|缩小|缩小到|缩小为|缩到|缩成|缩小成|变小|改小|调小|弄小|缩",
    ),
    (Verb::Enlarge, "enlarge|make it bigger|bigger|larger|scale up|size up|magnify|放大|放大到|放大为|放大成|变大|改大|调大|弄大|扩大"),
    (
        Verb::Upscale,
        "upscale|up-scale|upsample|super resolution|super-resolution|superres|higher resolution|high resolution|increase the resolution|improve the resolution|high-res|hi-res|hires|超分|超分辨率|超清|提高分辨率|提升分辨率|高清化|变高清|变清晰|高清放大|无损放大|更高清|增加分辨率|高清修复|高分辨率|更高分辨率|画质提升|提升画质|提高画质|提高一下分辨率|分辩率|提高一下分辩率|加分辨率|blow it up|blow up|quadruple the resolution|double the resolution|提升下分辨率|提升一下分辨率|升分辨率",
    ),
    (Verb::Stretch, "stretch|stretched|stretch to|squash|squeeze|拉伸|拉伸到|拉伸成|拉成|压扁|拉宽|强制缩放"),
    (
        Verb::Pad,
        "补|pad|padding|pad to|letterbox|pillarbox|add padding|补边|留白|填充边|补成|补到|补齐成|留边|扩边|补足成|垫成|补齐|垫|fill up|fill it up|镜像填充成|填充成|fit it into",
    ),
    (Verb::Rotate, "rotate|turn it|spin|rotated|rotation|旋转|转动|转|旋转到|调头|转个|掉转|quarter turn|a quarter turn|tilt it|掰"),
    (
        Verb::Flip,
        "flip|mirror|mirrored|flipped|flop|reflect|mirror image|翻转|反转|镜像|镜像翻转|翻过来|镜面|反过来|翻个面|对称翻转|翻一下|翻个方向|掉个个|掉个头|turn the picture over|turn it over|左右颠个个",
    ),
    (
        Verb::Straighten,
        "straighten|level|straighten out|deskew|auto rotate|auto-rotate|拉直|校正|矫正|扶正|摆正|校直|拉正|调正|转正|找平|放正|校准|掰正|level it|sit level|leans|拍歪了|歪了帮我正|弄正|摆平",
    ),
    (
        Verb::Export,
        "export|save|output|download|export as|save as|save it as|save to|store|render|deliver|send me|return|导出|导出为|导出成|导成|输出|输出为|输出成|保存|保存为|保存成|存为|存成|存|另存为|下载|转存为|转格式|生成文件|出图|发我|给我导出|格式转换|存储为|另存|导|格式为|格式|hand me|give me a|发给我|输出一张|导出一张|存个|存成个|给我一张|出一张|发我一张|give me a jpeg|give me a png|give me a jpg",
    ),
    (
        Verb::Compress,
        "compress|compress to|reduce the file size|reduce file size|shrink the file|make the file smaller|optimize|压缩|压缩到|压缩成|压缩至|压到|压成|减小体积|瘦身|减小文件|压一下",
    ),
    (
        Verb::Describe,
        "describe|tell me about|what is in|what's in|what is this|what's this|what's on|what does this|whats in|analyze|analyse|inspect|identify|info|image info|information|details of|how big is|how large is|how big|how large|what size|what size is|what are the dimensions|dimensions of|what format|what resolution|what colours|what colors|which format|how wide|how many people|how many|描述|描述一下|说说|识别|分析|分析一下|介绍一下|多大|有多大|多宽|多高|多少像素|什么格式|啥格式|什么尺寸|尺寸是多少|分辨率是多少|图里有什么|有什么|有啥|有哪些|是什么|里面是什么|有几个|有多少|几个人|什么颜色|查看信息|图片信息|信息|这是啥|这是什么|什么图|详情|大小是多少|多少kb|有啥呀|给我说说|都有啥|看看这张|看看图里|看看这图|看看照片|看一下这张|看看尺寸|看看这张照片|what am i looking at|tell me what's in it|what file format|what does this have|tell me what|念念图里有啥|what do you see|any people in here|都有什么|说说这张",
    ),
    (
        Verb::Restore,
        "restore|repair|restoration|fix up|revive|fix|修复|还原老照片|翻新|老照片修复|修补|修好|复原|修一修|修复修复|修一下|修修|修个|mend|patch up|修旧|修老照片|修照片|修旧照片|修一下老照片",
    ),
    (
        Verb::Colorize,
        "colorize|colourize|colorise|colourise|colour it|color it|color in|colour in|colour them|color the photo|colour the photo|colour the picture|color the picture|add some colour|add some color|bring colour to|bring color to|add color|add colour|上色|着色|变彩色|彩色化|填色|加色|变成彩色|转成彩色|转彩色|上个色|上颜色|变成彩色的|变彩色的|彩色的|上点色|give it colour|give it color|give it natural colour|give it natural color|natural colour|natural colours|natural color|natural colors|real colours|real colors|变回彩色|弄成彩色|变成彩照|彩照|colour this|color this|colour my|color my|colour that|color that|colour these|color these|colour up|上上色|有点颜色|彩色长怎样|上色吧|colourised|colorized|put colour into|put color into|add realistic color|add realistic colour|in color|in colour|put some colour into|上个颜色|给上个颜色|上点颜色|a color one|a colour one|color version|colour version|look colorized|looks in color|look in colour",
    ),
    (
        Verb::Enhance,
        "enhance|auto enhance|auto-enhance|auto adjust|auto fix|autofix|improve the lighting|improve the exposure|fix the exposure|fix the lighting|auto tone|auto levels|auto white balance|enhancement|提亮|自动增强|增强|自动调整|自动优化|一键美化|优化|自动调色|自动白平衡|自动修图|改善光线|补光|美化|白平衡|校正白平衡|auto fix the light|fix the light|提亮一些|白平横|校正颜色|校色|auto correct|autocorrect|提提亮|提一下亮|打亮一点|lighten it up|白平衡自动校正|自动校正下白平横|自动校正白平衡|自动校正下白平衡|白平衡自动校正下|white balance|brighten up this low light|auto-fix|fix for the lighting|one-click|sort it automatically|一键修|自动修一修|自动修|auto fix lighting|one click enhance|sort it out|救一下|提亮一下|rescue it|rescue",
    ),
    (
        Verb::Sharpen,
        "sharpen|sharper|crisp|crisper|clearer|make it clear|make it sharp|锐化|更锐|加锐|锐利|清晰化|清晰|弄清晰|清晰一点|清晰点|修清晰|修清楚|搞清晰|搞清楚|做清晰|清楚一些|清晰一些|更清晰|变清楚|清楚一点|锐一点|锐一下|锐化一下|锐利一点|清楚点|锐利度加强|锐利度|锐化强一点|加强锐化|弄清楚|锐利点儿|锐利点|slight sharpen|a little sharper|提高一点清晰度|清晰度",
    ),
    (
        Verb::Denoise,
        "denoise|de-noise|noise reduction|reduce noise|reduce the noise|remove noise|remove the noise|remove grain|remove the grain|降噪|去噪|去噪点|减噪|去除噪点|消除噪点|去颗粒|降噪点|降降噪|降下噪|降个噪|take out the noise|去杂讯|degrain|de-grain|less grainy|remove the graininess|去下噪|除噪|smooth the noise out|filter the noise out|noise out|去去噪|降一降噪|降一下噪|iso noise|磨掉颗粒|磨掉颗粒感|clean up all that noise|high-iso noise|high iso noise",
    ),
    (
        Verb::Deblur,
        "deblur|de-blur|unblur|fix the blur|remove the blur|remove blur|fix motion blur|too blurry|blurry|remove motion blur|去模糊|去除模糊|消除模糊|变不模糊|太模糊了|太模糊|有点模糊|不清晰|不够清晰|抖动模糊|运动模糊|motion blur|拍糊了|拍糊|糊了|手抖|拍虚了|拍虚|虚了|fix the shake|shaky|camera shake|out of focus|对焦没对上|没对上焦|hand shook|fix the camera shake|去下模糊|去一下模糊|抖糊了|全程抖|motion blurred|糊的地方|拍糊的|抖糊|模糊的照片|模糊的图片|模糊的图|模糊的相片|模糊的老照片|模糊的旧照片|模糊的产品图|模糊的商品图|模糊的截图|模糊的画面|模糊的人像|模糊的视频截图|模糊照片|模糊图片|模糊图|模糊不清|很模糊|好模糊|比较模糊|特别模糊|模糊得很|不太清楚|不清楚|有点糊|有些模糊|糊的照片|糊的图|blurred photo|blurred picture|blurred image|blurry photo|blurry picture|blurry image|blurry shot",
    ),
    (
        Verb::Raise,
        "increase|raise|boost|up|turn up|bump up|bump|higher|crank up|提高|增加|增大|调高|加强|提升|加大|升高|上调|拉高|更|增强一点|加深|再加|提|lift|push up|bring up|往上提|拉起来|拉上去",
    ),
    (
        Verb::Lower,
        "decrease|reduce|lower|less|turn down|dial down|tone down|cut down|bring down|降低|减少|减小|调低|减弱|下调|降|拉低|减|削弱|调弱|压|往下压|压低|pull down|bring|往下收收|往下收|收收",
    ),
    (Verb::Recolor, "recolor|recolour|paint|dye|tint|染成|涂上|刷成|改颜色|换颜色|换色|变色|改色|换个颜色|改个颜色|染|喷成|漆成|染个"),
    (Verb::Swap, "swap|exchange|换产品|换商品|产品替换|替换产品|换货|互换|对调|顶掉|trade|换上去"),
    (
        Verb::Translate,
        "translate|translate into|translation|localize|localise|翻译|翻译成|翻译为|译成|译为|翻成|汉化|翻译下|翻译一下|翻译过来|翻过来成|翻做|翻一份",
    ),
    (
        Verb::ReadText,
        "ocr|read|read out|recognize|recognise|transcribe|读取|识别文字|提取文字|文字识别|读出|读一下|文字提取|念出|识字|写的啥|写的什么|写了什么|写着什么|写了啥|写着啥|上面写的啥|what does it say|what it says|打出来|敲出来|抄下来|读出来|念一下|copy the text|type it out|type out|转成文字|what's written|提取一下|认一下字|念给我听|抓出来|认出来|read the text|认一认|认字|字抓出来|what is written|what's it say|what does the sign say|transcribe this|读出来吧|字读出来|whats it say|copy the words out|识别出来|字识别出来",
    ),
    (
        Verb::Draw,
        "draw|generate|imagine|paint me|画|画一|画个|画一个|画一只|画一张|画一幅|画一朵|画一棵|生成|生成一张|生成一个|创作|绘制|文生图|画出|make me an image of|make me a picture of|create an image of|create a picture of|make an image of|make a picture of|draw me|画束|画只|画幅|画朵|画棵|画点|画些|生成张|generate me|paint me a picture of|做一张图|画一间|画一片|画上|repaint|长出|补画|dream up an image of|dream up|come up with an image of|凭空来一张|想要张图|create a new image",
    ),
    (Verb::Restyle, "restyle|stylize|stylise|re-style|redraw|reimagine|风格化|重绘|转绘|画风|变成画"),
    (
        Verb::Extend,
        "extend|expand|outpaint|uncrop|widen|extend the canvas|扩展|扩展成|扩展到|扩展为|扩图|扩画|延展|延伸|外扩|扩充|向外扩|扩|扩成|扩到|补画面|拓展|往外扩|向外延伸|画面扩|extending the scene|接着画下去|widen to|往右扩|往左扩|往上扩|往下扩|画面接着|continuing the scene|补出来|more empty space",
    ),
    (
        Verb::Match,
        "match|match to|copy the look|same look as|same colours as|same colors as|same tones as|匹配|追色|仿色|参考|参照|按照|照着|跟着|统一成|调色成|一样|对齐|同款色调|same colour grade|same color grade|same mood as|套用|保持一致|调一致|跟上一致|色调一致|look like the second|look like image|look like the other|grade the first|grade it like|照着它|照它|take on the tones of|take on the look of|take on the colours of|按第二张调色|调得一样|学一下|学着|copy the colour grade|copy the color grade|copy the colours|copy the colors|照着它来|照着来|onto the look of|match the look|统一起来|统一|配色|照着配|跟它一致",
    ),
    (
        Verb::Retouch,
        "retouch|smooth|beautify|airbrush|touch up|smooth out|whiten|磨皮|美颜|美白|祛痘|去痘|祛斑|去斑|瘦脸|美肤|去皱|人像精修|精修|人像美容|去黑眼圈|祛皱|修脸|光滑|人像磨皮|磨磨皮|磨个皮|修修脸|修一下脸|美个颜|去去痘|磨一下皮|柔肤|嫩肤|瘦瘦脸|whiter|白一点|白一些|修得自然|瑕疵修|修修皮肤|tidy up the blemishes|tidy up my skin|p白点|p白|亮白|祛了痘|磨一磨|皮肤磨一磨|弄白点儿|弄白点|斑点修掉|修掉斑|痘修掉|tidy the skin|tidy up skin|tidy|even out my skin|smooth out my skin|磨一下|皮肤磨一下|clean up the spots",
    ),
    (
        Verb::Arrange,
        "arrange|combine|lay out|line up|group|merge|collage|compose|摆放|排列|排成|拼成|组合|组合成|排在|合成|拼图|拼在一起|放到一张|放在一张|合到一张|放在一起|拼到一张|合成一张|摆成一排|排成一排|摆在一起|合在一起|排一排|合集图|合集|做个合集|on one pic|in one picture|in one image|on one picture|into one image|in one pic|into one picture|摆一排|凑成一张|放一张图里|放一张图|排一起|凑成一张图|凑成",
    ),
    (
        Verb::BringBack,
        "bring back|put back|paste back|lay back|recover|get back|贴回来|贴回去|贴回|找回|找回来|恢复|还原|拿回来|补回来|加回来|弄回来|叠回来|放回来|paint back|pull them from|pull|take back|还给我|补上|reinstate|put back on|叠回去|贴上去|还原回|找回来点|transfer",
    ),
    (
        Verb::Fit,
        "comply|comply with|conform|conform to|meet|meet the|fit for|comply to|prepare for|ready for|符合|满足|达到|适配|适合|合规|compliant|按要求做|prep that|fit the rules|合规的",
    ),
    (
        Verb::Mockup,
        "mockup|mock-up|mock up|device frame|样机|套样机|套壳|带壳截图|样机图|外框|套一个|套个|shown inside|inside a|shown on a|套进|壳子|show it on|外壳|框架|套手机|show my app screen on a|show my screen on a|screen on a",
    ),
    (
        Verb::Stickers,
        "sticker pack|stickers|sticker set|emoji pack|sticker|表情包|一套表情|a pack of|pack of|套表情包|做套表情|chat stickers|微信表情|做表情|个表情|张表情|做贴纸|贴纸包|一套贴纸|套贴纸|成贴纸|sticker pack from",
    ),
    (Verb::Cover, "cover|cover image|thumbnail|封面|封面图|头图"),
    (Verb::Poster, "poster|flyer|banner|海报|宣传图|横幅|宣传海报|传单"),
    (
        Verb::Split,
        "split|slice|split up|cut into|cut this into|cut it into|cut the picture into|cut this picture into|slice this into|slice it into|切成|切分|分割|切片|拆分|分成|切割|拆成|切割成|分割成|chop|chop up|chop into|切开|裁开|切段|分段|切几段|切成几段|cut up|cut apart|apart|切图|自动切图|chop it into|切三段|切两段|切几张|剁开|切成段|cut it up into|chop the page|split it at|平均切|切四份|切两份|切五份|divide it into|divide into",
    ),
    (
        Verb::Stitch,
        "stitch|join|concatenate|stitch together|join together|拼接|拼长图|长图拼接|接起来|拼起来|连起来|拼成长图|拼接成|拼一起|拼到一起|竖着拼|横着拼|接成|连成|接在一起|stick them together|stick together|put together|join up|拼成长条|上下拼成|左右拼成|竖向拼|横向拼|拼成一张长图|拼成一长张|左右拼|上下拼|glue|glue them|stack|左右拼一起|上下拼一起|横着拼一起|竖着拼一起|并排拼|接成一条长图|接成一条|并着拼|join all|one long strip|one on top of the other|glue these",
    ),
    (
        Verb::Select,
        "select|mark|highlight|pick|find|选中|选择|圈出|选出|标出|框出|选取|框选|圈出来|标出来|指出来|选出来|框出来|选起来|highlight just|选给我|框起来|mask of|show me the selection of|selection of|mask the|选一下",
    ),
    (
        Verb::GoBack,
        "go back to|go back|back to|return to|revert to|switch to|switch back to|check out|checkout|roll back to|jump to|回到|返回|切换到|回退到|退回到|退回|恢复到|回滚到|跳到|切到|还原到|还原成|退到|恢复成|回|用回|退回去到|切回|回到原来|back to the|切回去|回到那版",
    ),
    (
        Verb::Undo,
        "undo|undo the last step|undo the last change|undo the last edit|undo last step|go back one|undo that|undo it|step back|one step back|go back one step|take that back|previous step|never mind that|ctrl z|ctrl+z|revert that|revert the last change|撤销|撤消|撤回|上一步|退一步|回退|后退|回退一步|撤销一下|返回上一步|回到上一步|取消上一步|反悔|回到上一版|上一个版本|退回上一步|撤一步|取消刚才的操作|取消刚才|撤销刚才的操作|撤销上一步|退回去|退回来|take that last change back|take the last change back|take it back|undo what|刚才那步不要了|上一步不要了|刚才那步不要|撤了|撤掉上一步|undo last|roll that back|roll it back|go back a step|back one|步退掉|退掉|那步退掉|那步取消|刚才那步取消|取消那步",
    ),
    (
        Verb::Redo,
        "redo|redo that|redo it|step forward|ctrl y|重做|恢复撤销|前进一步|下一步|取消撤销|redo what|恢复刚才撤销的|刚撤销的那步恢复|把刚撤销的恢复|刚撤销的|刚撤销|刚才撤销的|那步还是给我恢复",
    ),
    (
        Verb::Reset,
        "start over|reset|start again|start from scratch|discard all changes|revert everything|undo everything|undo all|reset everything|重新开始|从头来|从头开始|重来|重置|全部撤销|清空修改|还原所有|撤销全部|撤销所有|从原图重新开始|全部推翻|恢复到最初|恢复到最开始|推倒重来|start fresh|untouched upload|都不要了|全都不要了|全不要了|从零开始|back to the start|back to the beginning|重新来|从原图重新来|scrap all of it|scrap it all|scrap everything",
    ),
    (
        Verb::Compare,
        "compare|show difference between|difference between|show the difference between|diff|show the difference|before and after|对比|比较|对照|比一比|对比一下|比一下|对比着看|放一块儿对比|放一起对比|比比|对比下|compare them|against version|放在一起看|show me",
    ),
    (
        Verb::Again,
        "again|once more|one more time|do it again|do that again|repeat|repeat that|same again|再来一次|再来一遍|再做一次|再做一遍|重复一次|再一次|又来一次|重复|再执行一次|照做一遍|再做一次吧|刚才那步再做一次|再弄一次|same thing again|do it once more",
    ),
];

pub(super) fn all() -> Vec<(Kind, &'static str)> {
    WORDS.iter().map(|(verb, words)| (Kind::Verb(*verb), *words)).collect()
}
