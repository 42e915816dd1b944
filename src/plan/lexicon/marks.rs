//! Everything that is neither verb nor noun: places, sets, amounts, looks, names, connectors, fillers, greetings.

use crate::plan::token::{Chat, Degree, Dim, Flag, Kind, Link, Set, Spin};

const PLACES: &[(&str, &str)] = &[
    ("top-left", "top left|top-left|upper left|upper-left|top left corner|upper left corner|top-left corner|left top|左上角|左上|左上方"),
    ("top-right", "top right|top-right|upper right|upper-right|top right corner|upper right corner|top-right corner|右上角|右上|右上方"),
    (
        "bottom-left",
        "bottom left|bottom-left|lower left|lower-left|bottom left corner|lower left corner|bottom-left corner|左下角|左下|左下方",
    ),
    (
        "bottom-right",
        "bottom right|bottom-right|lower right|lower-right|bottom right corner|lower right corner|bottom-right corner|右下角|右下|右下方",
    ),
    (
        "top",
        "top|upper|uppermost|topmost|top center|top centre|top middle|顶部|上方|上面|上边|上部|顶端|最上面|最上边|上侧|正上方|顶上|上半部|往上|向上",
    ),
    (
        "bottom",
        "bottom|lower part|lowest|bottommost|bottom center|bottom centre|bottom middle|底部|下方|下面|下边|下部|底端|最下面|最下边|下侧|正下方|下半部|往下|向下",
    ),
    (
        "left",
        "left|on the left|left side|left-hand side|left hand side|leftmost|far left|to the left|leftwards|left edge|左边|左侧|左面|左方|最左边|最左侧|最左|靠左|左手边|往左边|向左边|左|向左|往左|左半边",
    ),
    (
        "right",
        "right|on the right|right side|right-hand side|right hand side|rightmost|far right|to the right|rightwards|right edge|右边|右侧|右面|右方|最右边|最右侧|最右|靠右|右手边|往右边|向右边|右|向右|往右|右半边",
    ),
    ("center", "center|centre|middle|central|centered|centred|中间|中央|正中|正中间|中心|居中|当中|正中央|中部"),
];

const SETS: &[(Set, &str)] = &[
    (Set::All, "all|all the|every|each|any|all of|所有|全部|全都|一切|所有的|全|都|每个|每一个|各个"),
    (
        Set::Others,
        "other|others|the others|the other|the rest|rest|everyone else|everybody else|everything else|other people|其他|其他的|其它|其它的|其余|其余的|多余|多余的|别的|旁边的|无关|无关的|后面的|杂",
    ),
    (Set::Largest, "largest|biggest|main|nearest|closest|最大|最大的|最近的|主要"),
    (Set::Smallest, "smallest|tiniest|farthest|furthest|最小|最小的|最远的"),
    (Set::Except, "except|except for|except the|other than|apart from|but not|all but|everything but|除了|除|以外|之外|除开|外"),
    (Set::Half, "half of the|一半的"),
];

const SIDES: &[(&str, &str)] = &[
    (
        "all",
        "all around|around it|all sides|each side|every side|on all sides|on each side|around the edges|around the picture|around the image|around|四周|周围|上下左右|四边|每边|各边|四面|外围|一圈|外面",
    ),
    ("horizontal", "both sides|left and right|left and right sides|on both sides|左右两边|两边|左右两侧|两侧|左右各|左右"),
    ("vertical", "top and bottom|above and below|上下两边|上下各|上下"),
];

const FORMATS: &[(&str, &str)] = &[
    ("png", "png|.png|png格式|png图|png图片|png文件"),
    ("jpeg", "jpeg|jpg|.jpg|.jpeg|jpe|jpg格式|jpeg格式|jpg图片|jpg文件"),
    ("webp", "webp|.webp|webp格式|web p"),
    ("avif", "avif|.avif|avif格式"),
    ("gif", "gif|.gif|动图|gif格式"),
    ("tiff", "tiff|tif|.tif|.tiff"),
    ("ora", "ora|open raster|openraster|.ora"),
    ("psd", "psd|.psd|photoshop file|psd文件|psd格式|photoshop文件"),
];

const DIMS: &[(Dim, &str)] = &[
    (Dim::Width, "width|wide|width of|in width|宽度|宽|宽为|宽度为|宽度是|宽度改为|宽度改成|宽度设为|宽是|横向|宽边"),
    (Dim::Height, "height|high|tall|height of|in height|高度|高|高为|高度为|高度是|高度改为|高度改成|高度设为|高是|纵向|高边"),
    (Dim::Long, "long side|longest side|long edge|longest edge|longer side|larger side|longest|长边|最长边|长的一边|最长的边"),
    (Dim::Short, "short side|shortest side|short edge|shortest edge|shorter side|短边|最短边"),
    (Dim::Both, "width and height|both dimensions|宽高|长宽|宽和高|宽高都是|长和宽"),
    (Dim::Quality, "quality|at quality|quality of|with quality|画质|质量|品质|压缩质量|图像质量|图片质量|质量为"),
    (Dim::Opacity, "opacity|opaque|transparency|不透明度|透明度"),
    (Dim::Radius, "radius|半径"),
    (Dim::Strength, "strength|intensity|强度|力度|程度"),
];

const TONES: &[(&str, &str)] = &[
    ("brightness", "brightness|lightness|luminosity|亮度|明度|明亮度"),
    ("contrast", "contrast|对比度|反差"),
    ("saturation", "saturation|vibrance|饱和度|色彩饱和度|鲜艳度|饱和"),
    ("temperature", "temperature|color temperature|colour temperature|warmth|色温|冷暖|暖色调"),
    ("tint", "tint value|色偏"),
    ("exposure", "exposure|曝光|曝光度|曝光值"),
    ("highlights", "highlights|高光|亮部"),
    ("shadows", "shadows|shadow areas|暗部|阴影部分|暗处"),
    ("hue", "hue|色相"),
];

const TONE_WORDS: &[(&str, i8, &str)] = &[
    ("brightness", 1, "brighter|brighten|brighten up|lighten|lighter|brighten it|变亮|调亮|加亮|亮些|亮|明亮|更亮|打亮"),
    ("brightness", -1, "darker|darken|dim|dimmer|变暗|调暗|压暗|暗|更暗|弄暗"),
    ("saturation", 1, "more vivid|vivid|more colorful|more colourful|more saturated|saturate|punchier|鲜艳|更鲜艳|艳|艳丽"),
    ("saturation", -1, "less saturated|desaturate|more muted|muted|素|素雅|不那么艳|淡雅"),
    ("temperature", 1, "warmer|warm up|make it warm|more warm|暖|更暖|暖和|偏暖|暖色|变暖|调暖|暖调"),
    ("temperature", -1, "cooler|cool down|colder|more cool|冷|更冷|偏冷|冷色|变冷|调冷|冷调|冷色调"),
    ("contrast", 1, "more contrast|contrastier|通透|更通透"),
    ("contrast", -1, "less contrast|flatter|柔和"),
];

const DEGREES: &[(Degree, &str)] = &[
    (
        Degree::Little,
        "a bit|a little|slightly|a touch|a little bit|a tad|somewhat|bit|little|subtly|gently|lightly|一点|一点点|一些|稍微|稍|略|略微|些|点|轻微|轻轻|少许|微微|有点|稍稍|适当|轻度|再一点",
    ),
    (
        Degree::Lot,
        "a lot|much|very|strongly|heavily|way|far|significantly|really|super|很多|非常|大幅|特别|超级|多一点|更多|很|强烈|大大|许多|狠狠|重度|深度|十分|太",
    ),
];

const LOOKS: &[(&str, &str)] = &[
    (
        "grayscale",
        "black and white|black-and-white|black & white|b&w|b/w|bw|grayscale|greyscale|gray scale|grey scale|monochrome|desaturated|黑白|黑白照|黑白照片|灰度|灰度图|单色|黑白色|黑白图|黑白的|黑白效果|黑白滤镜",
    ),
    ("sepia", "sepia|棕褐色|怀旧色|褐色调|老照片色调|复古棕"),
    ("invert", "invert|inverted|negative|invert colors|invert the colors|invert colours|反色|反相|负片|底片效果|颜色反转"),
    ("vintage", "vintage|retro|old film|film look|复古|怀旧|胶片|复古风|胶片感|老电影"),
    ("warm", "warm filter|warm look|暖色滤镜|暖调滤镜"),
    ("cool", "cool filter|cold filter|cool look|冷色滤镜|冷调滤镜"),
    ("lut", "lut|lut文件"),
];

const STYLES: &[(&str, &str)] = &[
    ("watercolor", "watercolor|watercolour|watercolor painting|watercolour painting|水彩|水彩画"),
    ("oil painting", "oil painting|oil paint|油画"),
    ("ghibli", "ghibli|ghibli-style|ghibli style|studio ghibli|吉卜力|宫崎骏|吉普力"),
    ("anime", "anime|anime-style|manga|manga-style|动漫|二次元|漫画|日漫|动画"),
    ("cartoon", "cartoon|cartoon-style|comic|comic-style|comic book|pixar|pixar-style|disney|卡通|皮克斯|迪士尼"),
    ("sketch", "pencil sketch|sketch|line art|line drawing|pencil drawing|charcoal|素描|线稿|铅笔画|手绘|简笔画|速写|线描"),
    ("ink painting", "ink painting|ink wash|chinese painting|国画|水墨|水墨画|中国画|工笔画"),
    ("pixel art", "pixel art|8-bit|8 bit|像素画|像素风"),
    ("cyberpunk", "cyberpunk|赛博朋克"),
    ("3d render", "3d|3d render|clay|claymation|lego|粘土|黏土|乐高"),
    ("style", "style|illustration|painting|-style|art style|artwork|drawing|风格|插画|绘画|画作|插图|画风|风"),
    ("impressionist", "van gogh|van gogh-style|impressionist|monet|梵高|印象派|莫奈"),
];

const DEVICES: &[(&str, &str)] = &[
    ("phone", "phone|iphone|iphone mockup|phone mockup|smartphone mockup|mobile|手机|手机壳样机|手机样机|手机框|手机里|苹果手机"),
    ("tablet", "tablet|ipad|平板|平板电脑"),
    ("laptop", "laptop|macbook|notebook|laptop mockup|笔记本|电脑|笔记本样机|电脑样机"),
    ("browser", "browser|browser window|chrome window|浏览器|浏览器窗口"),
    ("watch", "watch|smartwatch|apple watch|手表|智能手表"),
    ("poster", "poster frame|framed poster|画框|海报样机|相框样机"),
    ("box", "product box|packaging box|box mockup|包装盒|盒子样机"),
];

const PLATFORMS: &[(&str, &str)] = &[
    ("amazon.main", "amazon|amazon main image|amazon main|amazon main picture|amazon listing|亚马逊|亚马逊主图|亚马逊首图|amazon主图"),
    ("taobao.main", "taobao|taobao main image|tmall|淘宝|淘宝主图|天猫|天猫主图|淘宝首图"),
    ("jd.main", "jd|jd main image|jingdong|jd.com|京东|京东主图"),
    ("shopify.square", "shopify|shopify square|shopify product image"),
    ("xiaohongshu.cover", "xiaohongshu|rednote|little red book|xhs|小红书"),
    ("wechat.sticker", "wechat|wechat sticker|微信"),
    ("instagram.square", "instagram|ig|insta|instagram square|instagram post"),
    ("appstore.6_7", "app store|appstore|app store screenshot|应用商店|苹果商店"),
];

const LANGS: &[(&str, &str)] = &[
    ("en", "english|英文|英语|英"),
    ("zh", "chinese|mandarin|simplified chinese|中文|汉语|简体中文|简体|普通话"),
    ("es", "spanish|西班牙语|西班牙文|西语"),
    ("ja", "japanese|日文|日语"),
    ("ko", "korean|韩文|韩语"),
    ("fr", "french|法文|法语"),
    ("de", "german|德文|德语"),
    ("ru", "russian|俄文|俄语"),
    ("pt", "portuguese|葡萄牙语|葡萄牙文"),
    ("it", "italian|意大利语|意大利文"),
    ("ar", "arabic|阿拉伯语|阿拉伯文"),
    ("th", "thai|泰语|泰文"),
    ("vi", "vietnamese|越南语|越南文"),
    ("id", "indonesian|印尼语"),
];

const SPINS: &[(Spin, &str)] = &[
    (Spin::Clockwise, "clockwise|cw|顺时针|顺时针方向|向右旋转|往右转|向右转|右转|右旋|rotate right|turn right|to the right by"),
    (
        Spin::Counter,
        "counter-clockwise|counterclockwise|counter clockwise|anticlockwise|anti-clockwise|ccw|逆时针|逆时针方向|向左旋转|往左转|向左转|左转|左旋|rotate left|turn left",
    ),
    (
        Spin::Horizontal,
        "horizontally|horizontal|left to right|left-right|水平|左右翻转|水平翻转|左右镜像|水平镜像|左右反转|横向翻转|左右颠倒|左右对调|左右互换|flip horizontally|mirror horizontally",
    ),
    (
        Spin::Vertical,
        "vertically|vertical|top to bottom|up-down|upside-down mirror|垂直|竖直|上下翻转|垂直翻转|上下镜像|上下颠倒|垂直镜像|上下反转|纵向翻转|竖向翻转|上下对调|flip vertically|mirror vertically",
    ),
    (Spin::Over, "half a turn|half turn|a half turn|半圈|upside down|upside-down|head down|倒过来|倒置|颠倒|转180|倒立"),
];

const FLAGS: &[(Flag, &str)] = &[
    (
        Flag::Transparent,
        "transparent|see-through|with transparency|no background|without background|without a background|without the background|transparent background|alpha channel|透明|透明底|透明背景|透明色|透明图|透明图层|无背景|免抠|免抠图|无底",
    ),
    (Flag::Gradient, "gradient|渐变|渐变色|过渡色"),
    (Flag::From, "from|从|由|自"),
    (Flag::Old, "old|old photo|old picture|aged|damaged|torn|faded|老照片|旧照片|老|旧|老旧|破旧|泛黄|老相片|受损|年代久远"),
    (Flag::Layers, "layers|layered|with layers|layered file|分层|图层|分层文件|带图层|多图层"),
    (Flag::Metadata, "metadata|exif|keep metadata|元数据|拍摄信息"),
    (Flag::Row, "in a row|side by side in a row|一排|横排|排成一行|一行"),
    (Flag::Grid, "grid|in a grid|nine grid|九宫格|网格|宫格|四宫格"),
    (Flag::Scene, "scene|display picture|showcase|展示图|场景图|场景|展示|展览图|合照"),
    (Flag::Tile, "tiled|tile|repeated|平铺|铺满|满屏"),
    (
        Flag::Under,
        "under|below|less than|smaller than|no more than|at most|max|maximum|not exceed|within|up to|以内|以下|不超过|小于|不大于|控制在|低于|之内|最大不超过|限制在|最大",
    ),
    (
        Flag::TooDark,
        "too dark|underexposed|low light|night shot|太暗|太暗了|曝光不足|光线不足|偏暗|有点暗|昏暗|光线太暗|有些暗|拍暗了|暗了",
    ),
    (Flag::TooBright, "too bright|overexposed|过曝|太亮|太亮了|曝光过度|亮了"),
    (Flag::Reflection, "reflection shadow|with a reflection|倒影效果|加倒影"),
    (Flag::Contact, "contact shadow|ground shadow|接触阴影|地面阴影"),
    (Flag::TitleWord, "title|titled|headline|heading|标题|标题是|标题为|题目|大标题|主标题|标题写"),
    (Flag::SubtitleWord, "subtitle|sub-title|副标题|副标题是|小标题"),
    (Flag::Fit, "fit within|fit inside|fit in|contain|等比|等比例|按比例"),
    (Flag::Cover, "fill the frame|cover fit|铺满画面"),
    (
        Flag::BlurFill,
        "blurred fill|with a blurred background|with blurred background|with blurred edges|blurred edges|blur fill|模糊填充|用模糊填充|模糊背景填充|用模糊背景填充|模糊的背景填充",
    ),
    (Flag::Auto, "auto|automatic|automatically|自动|一键|智能"),
    (Flag::By, "by|by about|到|至|为|成"),
];

const LINKS: &[(Link, &str)] = &[
    (
        Link::Strong,
        "then|and then|after that|afterwards|next|finally|lastly|first|secondly|at last|at the end|before that|followed by|plus|as well as|也|然后|之后|接着|再|最后|随后|接下来|先|首先|其次|并且|同时|而后|完了|完了之后|另外|此外|还要|还有|以及|顺便|只|只是|只要|仅|仅仅|但|但是|不过|而是|就|再把|just|only|however|instead|also|after|once done|finally just|later|紧接着|完后|完事|弄完|第一步|第二步|第三步|step 1|step 2|step 3|末了|后",
    ),
    (Link::But, "but"),
    (Link::Weak, "and|or|并|和|与|及|跟|还|并把|又|同"),
];

const NOTS: &str = "don't|dont|do not|not|never|no need to|without|no|avoid|instead of|rather than|please don't|doesn't need|don't want|不要|别|不用|不|无需|不需要|不必|勿|请勿|不想|没必要|不能|不许|别再|先别|千万别|不是|不要再|不可以";

const BA: &str = "把|将|给|对|让|为了";

const FILLERS: &str = "please|pls|plz|can you|could you|would you|will you|can u|kindly|help me|help me to|help|the|a|an|my|your|our|to|of|on|in|at|as|with|for|into|onto|is|are|be|being|me|i|you|we|so|that is|some|so that|like|look like|looks|look|looking|would|could|should|will|can|let's|lets|let|go ahead|now|here|there|too|okay|ok so|well|um|uh|hey|nice|nicely|properly|quickly|'s|version of|version|copy|copies|copy of|kind of|sort of|type|size|sized|ratio|aspect ratio|aspect|proportion|proportions|format|over|out|up|down|off|away|back|onto the|exactly|about|around about|roughly|approximately|approx|value|level|degrees of|amount|new|another|same|its|by default|thing is|i think|you know|actually|btw|by the way|asap|for me|for my|for our|if you can|if possible|when done|shop|store|website|online|listing|profile|use it|was|were|has|own|it's|there's|i'd|i'm|been|whole|entire|full|complete|completely|fully|totally|entirely|clean|neat|pure|plain|solid|simple|small|soft|photo of|picture of|image of|image's|photo's|picture's|inside|within the|which|who|standing|sitting|walking|shown|visible|current|existing|present|original size|maintaining|keeping the aspect ratio|keep the aspect ratio|keep aspect ratio|keeping aspect ratio|keep proportions|maintain aspect ratio|lossless|file size|file|size of|filter|together|parts|web|something|anything|effect|thing|things|id photo|passport photo|both|avatar|ready|character|rules|requirements|guidelines|standard|standards|portrait|landscape|tightly|tight|closely|space|sides of|part|side|area|pieces of|set of|in total|i mean|meant|i meant|sorry|oops|wait|mean|\
请|请你|请帮我|麻烦|麻烦你|帮我|帮忙|帮|可以|可不可以|能不能|能|能否|可否|你|我|您|我的|我想|我想要|想|希望|需要你|的|了|吧|呢|啊|呀|哦|哈|嘛|吗|么|一下|一下子|下|一张|张|一个|个|一只|一幅|这张|那张|这个图|这些|那些|这几张|这几件|几件|几个|这几个|这辆|那辆|辆|只|位|件|张图|在|里|里面|里的|上的|中|中的|上面的|是|为|到|成|以|用于|按|按照比例|比例|宽高比|长宽比|画幅|尺寸比例|大小|尺寸|规格|格式|模式|效果|样子|处理|操作|那种|这种|纯|纯色|干净|颜色为|一起|直接|马上|快速|现在|刚才|刚刚|嗯|额|那|那么|好|好的|行|ok|并导|老板|亲|谢谢啦|图片的|照片的|的图|的图片|的照片|出来|起来|过来|下来|上去|回来|掉|后的|时|等|及其|之|所|得|地|着|它们的|变|一份|份|版|版本|整个|完整|整|整体的|统一|左右的|大约|大概|差不多|约|部分|区域|位置|地方|处|那一|这一|方向|形状|形|幅|圈|原来|原有|自己|我们|咱|咱们|店铺|网店|用来|后面再|给它|让它|帮它|使|使其|其中|之中|看起来|看上去|一|条|根|把它|将它|那位|这位|该|本|此|共|总共|一共|就行|就好|即可|就可以|就可以了|可以吗|好吗|行吗|好不好|谢谢你|辛苦|辛苦了|麻烦了|拜托|拜托了|基于|基础上|的基础上|朋友圈|发|网站|继续|还是|都是|还是要|作为|不对|要求|规范|规则|的要求|双|滤镜|打|两个字|几个字|这几个字|证件照|证件|用的|那只|这只|这条|那条|这件|那件|这台|那台|这两|那两|几只|这几只|这双|那双|这朵|这栋|这座|这块|那块|手里|身上|头上|手里的|身上的|头上的|手上的|旁|前|做个|做一下|上|下";

const CHATS: &[(Chat, &str)] = &[
    (
        Chat::Hello,
        "hello|hi|hey there|hi there|good morning|good afternoon|good evening|greetings|howdy|你好|您好|在吗|在么|哈喽|嗨|早上好|下午好|晚上好|hello there|早|嘿|大家好|你是谁|who are you",
    ),
    (
        Chat::Thanks,
        "thanks|thank you|thx|ty|thank you so much|thanks a lot|great|awesome|perfect|nice one|well done|good job|cool thanks|cheers|lovely|谢谢|谢了|多谢|感谢|谢谢你|太好了|不错|很好|真棒|棒|赞|完美|厉害|再见|拜拜|bye bye|goodbye|收到|可以了|好了|very good|looks good|looks great|很满意|满意",
    ),
    (
        Chat::Help,
        "what formats|which formats|how do i|how can i|how to|怎么|怎样|如何|支持哪些格式|what can you do|what do you do|what are you able to do|help|how does this work|how do i use this|how to use|what can i do|capabilities|what features|features|你能做什么|你会做什么|你会什么|你可以做什么|你能干什么|你能干嘛|能做什么|有什么功能|怎么用|如何使用|怎么使用|功能介绍|帮助|会什么|可以做什么|能干什么|有哪些功能|支持什么|支持哪些操作|你都会啥|你会啥|能干啥",
    ),
];

pub(super) fn all() -> Vec<(Kind, &'static str)> {
    let mut out: Vec<(Kind, &'static str)> = Vec::new();
    out.extend(PLACES.iter().map(|(p, w)| (Kind::Place(p), *w)));
    out.extend(SPINS.iter().map(|(p, w)| (Kind::Spin(*p), *w)));
    out.extend(SIDES.iter().map(|(p, w)| (Kind::Sides(p), *w)));
    out.extend(LOOKS.iter().map(|(p, w)| (Kind::Look(p), *w)));
    out.extend(SETS.iter().map(|(p, w)| (Kind::Set(*p), *w)));
    out.extend(FORMATS.iter().map(|(p, w)| (Kind::Format(p), *w)));
    out.extend(FLAGS.iter().map(|(p, w)| (Kind::Flag(*p), *w)));
    out.extend(DIMS.iter().map(|(p, w)| (Kind::Dim(*p), *w)));
    out.extend(TONES.iter().map(|(p, w)| (Kind::Tone(p), *w)));
    out.extend(TONE_WORDS.iter().map(|(p, s, w)| (Kind::ToneWord(p, *s), *w)));
    out.extend(DEGREES.iter().map(|(p, w)| (Kind::Degree(*p), *w)));
    out.extend(STYLES.iter().map(|(p, w)| (Kind::Style(p), *w)));
    out.extend(DEVICES.iter().map(|(p, w)| (Kind::Device(p), *w)));
    out.extend(PLATFORMS.iter().map(|(p, w)| (Kind::Platform(p), *w)));
    out.extend(LANGS.iter().map(|(p, w)| (Kind::Lang(p), *w)));
    out.extend(CHATS.iter().map(|(p, w)| (Kind::Chat(*p), *w)));
    out.extend(LINKS.iter().map(|(p, w)| (Kind::Link(*p), *w)));
    out.push((Kind::Not, NOTS));
    out.push((Kind::Ba, BA));
    out.push((Kind::Filler, FILLERS));
    out
}
