//! Everything that is neither verb nor noun: places, sets, amounts, looks, names, connectors, fillers, greetings.

use crate::plan::token::{Chat, Degree, Dim, Flag, Kind, Link, Set, Spin};

const PLACES: &[(&str, &str)] = &[
    (
        "top-left",
        "top left|top-left|upper left|upper-left|top left corner|upper left corner|top-left corner|left top|左上角|左上|左上方|左上边|左上处|左上那|top lefthand corner|top left-hand corner|top left hand corner|upper left-hand corner|left top corner|left upper corner",
    ),
    (
        "top-right",
        "top right|top-right|upper right|upper-right|top right corner|upper right corner|top-right corner|右上角|右上|右上方|右上边|右上处|右上那|top righthand corner|top right-hand corner|top right hand corner|upper right-hand corner|right top|right top corner|right upper corner",
    ),
    (
        "bottom-left",
        "bottom left|bottom-left|lower left|lower-left|bottom left corner|lower left corner|bottom-left corner|左下角|左下|左下方|左下边|左下处|左下那|bottom lefthand corner|bottom left-hand corner|bottom left hand corner|lower left-hand corner|left bottom|left bottom corner|left lower corner",
    ),
    (
        "bottom-right",
        "bottom right|bottom-right|lower right|lower-right|bottom right corner|lower right corner|bottom-right corner|右下角|右下|右下方|右下方角|右下边|右下处|右下那|bottom righthand corner|bottom right-hand corner|bottom right hand corner|lower right-hand corner|right bottom|right bottom corner|right lower corner|southeast corner",
    ),
    (
        "top",
        "top|upper|uppermost|topmost|top center|top centre|top middle|顶部|上方|上面|上边|上部|顶端|最上面|最上边|上侧|正上方|顶上|上半部|往上|向上|上头|顶头|顶上面|最顶上|最顶|最上|上沿|页面顶部|画面上方|画面顶部|along the top|across the top|at the very top|up top|upper edge|top edge|up there|upper side|top side|above",
    ),
    (
        "bottom",
        "bottom|lower part|lowest|bottommost|bottom center|bottom centre|bottom middle|底部|下方|下面|下边|下部|底端|最下面|最下边|下侧|正下方|下半部|往下|向下|下头|underneath|底下|最底下|在底下|底下边|最下|下沿|最底部|最底|画面下方|画面底部|底边|底下居中|底部居中|下方居中|along the bottom|across the bottom|at the very bottom|down below|lower edge|bottom edge|lower side|bottom side|down there|at the foot",
    ),
    (
        "left",
        "left|on the left|left side|left-hand side|left hand side|leftmost|far left|to the left|leftwards|left edge|左边|左侧|左面|左方|最左边|最左侧|最左|靠左|左手边|往左边|向左边|左|向左|往左|左半边|左手|左边缘|左边边|靠左边|靠左侧|偏左|左边那|lefthand|left-hand|on left|furthest to the left|furthest left|most left|far-left|left part|left-most|lefthand side|leftward|left margin|left border",
    ),
    (
        "right",
        "right|on the right|right side|right-hand side|right hand side|rightmost|far right|to the right|rightwards|right edge|右边|右侧|右面|右方|最右边|最右侧|最右|靠右|右手边|往右边|向右边|右|向右|往右|右半边|右手|右边缘|右边边|靠右边|靠右侧|偏右|右边那|righthand|right-hand|on right|furthest to the right|furthest right|most right|far-right|right part|right-most|righthand side|rightward|right margin|right border",
    ),
    (
        "center",
        "center|centre|middle|central|centered|centred|中间|中央|正中|正中间|中心|居中|当中|正中央|中部|正中间那个|the middle|正中心|最中间|最中央|画面中间|画面中央|画面正中|正当中|居中间|中间位置|当间儿|in the middle|in the center|in the centre|dead center|dead centre|smack in the middle|right in the middle|centrally|at the center|at the centre|in the very middle|middle of the picture|middle of the image|middle of the photo|centring|centering",
    ),
];

const SETS: &[(Set, &str)] = &[
    (
        Set::All,
        "all|all the|every|each|any|all of|所有|全部|全都|一切|所有的|全|都|每个|每一个|各个|统统|通通|全给我|all of them|both of them",
    ),
    (
        Set::Others,
        "other|others|the others|the other|the rest|rest|everyone else|everybody else|everything else|其他|其他的|其它|其它的|其余|其余的|多余|多余的|别的|旁边的|无关|无关的|后面的|杂|else|别人|其他人|其余人|剩下的|剩余|旁人|杂人|其它修改|其它人|其余的人|其他的人|别的人|另外的|另外几个|另外的人|其余部分|其它部分|其他部分|其他地方|其余地方|其它地方|other ones|the remaining|remaining|what remains|what's left|what is left|remainder|others too|all others|all the others|everyone other",
    ),
    (
        Set::Largest,
        "largest|biggest|main|nearest|closest|最大|最大的|最近的|主要|最大号|最大一个|最大那个|最近那个|离得最近|最靠前|最前面|最主要|主要的|front-most|frontmost|nearest one|closest one|largest one|biggest one|foremost",
    ),
    (
        Set::Smallest,
        "smallest|tiniest|farthest|furthest|最小|最小的|最远的|最小一个|最小那个|最远那个|离得最远|最靠后|smallest one|tiniest one|furthest one",
    ),
    (
        Set::Except,
        "except|except for|except the|other than|apart from|but not|all but|everything but|除了|除|以外|之外|除开|外|除外|除却|之外的|以外的|save for|apart from the|besides|excluding|bar the|with the exception of|aside from",
    ),
    (Set::Half, "half of the|一半的"),
];

const SIDES: &[(&str, &str)] = &[
    (
        "all",
        "all around|around it|all sides|each side|every side|on all sides|on each side|around the edges|around the picture|around the image|around|四周|周围|上下左右|四边|每边|各边|四面|外围|一圈|外面|四个边|四条边|每一边|各个边|四周都|all four sides|on every side|each of the sides|on all four sides|in all directions|every direction|all directions",
    ),
    (
        "horizontal",
        "both sides|left and right|left and right sides|on both sides|左右两边|两边|左右两侧|两侧|左右各|左右|to the left and right|left and right both|左和右|左右都|往左右|向左右|左右两头",
    ),
    (
        "vertical",
        "top and bottom|above and below|上下两边|上下各|上下|up and down|upwards and downwards|上下两侧|上和下|上下都|往上下|向上下|上下方",
    ),
];

const FORMATS: &[(&str, &str)] = &[
    ("png", "png|pngs|.png|png格式|png图|png图片|png文件"),
    ("jpeg", "jpeg|jpg|jpegs|jpgs|.jpg|.jpeg|jpe|jpg格式|jpeg格式|jpg图片|jpg文件"),
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
    ("brightness", "brightness|lightness|luminosity|亮度|明度|明亮度|亮一档|整体亮度|光线亮度|brightness level|light level"),
    ("contrast", "contrast|对比度|反差|对比值|明暗对比|contrast level"),
    (
        "saturation",
        "saturation|vibrance|饱和度|饱合度|包和度|色彩饱和度|鲜艳度|饱和|彩度|色度|颜色饱和度|饱和值|鲜艳程度|color saturation|colour saturation|chroma|color intensity|colour intensity|color strength|colour strength|vibrancy|浓度|颜色浓度|色彩浓度",
    ),
    (
        "temperature",
        "temperature|color temperature|colour temperature|warmth|色温|冷暖|暖色调|冷暖度|色温值|白平衡色温|white balance temperature",
    ),
    ("tint", "tint value|色偏|绿品红|tint slider|green-magenta"),
    ("exposure", "exposure|曝光|曝光度|曝光值|曝光补偿|ev|exposure value|exposure level|爆光|暴光"),
    ("highlights", "highlights|高光|亮部|高光部分|高光处|亮处|亮的地方|亮部高光|bright parts|brightest parts"),
    ("shadows", "shadows|shadow areas|暗部|阴影部分|暗处|暗的地方|阴影处|阴影里|暗部细节|黑的地方|dark parts|darkest parts|darks"),
    ("hue", "hue|色相|色相值|色调值|hue shift|hue value|hue angle"),
];

const TONE_WORDS: &[(&str, i8, &str)] = &[
    (
        "brightness",
        1,
        "提亮点|亮堂点|亮点儿|再亮点|弄亮点|提亮一些|brighter|brighten|brighten up|lighten|lighter|brighten it|变亮|调亮|加亮|亮些|亮|明亮|更亮|打亮|brighten it up|lift it|light it up|亮堂|再亮|再亮些|弄亮|整亮|光亮|提亮度|brighten this|brighten up the|brightening|brightened|lightening|lightened|lighter overall|light up|brighten things up|more light|more brightness",
    ),
    (
        "brightness",
        -1,
        "moody and dark|dark and moody|darker and moodier|压暗点|再暗点|弄暗点|dark look|darker|darken|dim|dimmer|变暗|调暗|压暗|暗|更暗|弄暗|再暗|再暗些|压一下亮度|暗下来|darkened|darkening|dimmed|less bright|less light|dim down|tone the brightness down|darker overall",
    ),
    (
        "saturation",
        1,
        "colours pop|colors pop|the colours pop|the colors pop|colour pop|color pop|pump up the colours|pump up the colors|punchier colours|punchier colors|再浓点|再浓一点|浓点|浓一点|浓些|颜色再浓点|色彩再浓点|更浓|浓厚|艳一点|艳点|再艳一点|艳一些|more pop in the colours|more vivid|vivid|more colorful|more colourful|more saturated|saturate|punchier|鲜艳|更鲜艳|艳|艳丽|鲜亮|鲜明|浓郁|浓一点|浓一些|浓烈|更艳|颜色浓一点|色彩丰富|more colour|more color|more vibrant|vibrant|colourful|colorful|richer|richer colours|richer colors|more saturation|saturated|stronger colours|stronger colors|colours stronger|bolder|vivider|livelier|more intense colours|more intense colors",
    ),
    (
        "saturation",
        -1,
        "less saturated|desaturate|more muted|muted|素雅|不那么艳|淡雅|淡一点|淡一些|淡点|淡些|再淡|再淡一点|淡一点的|素一点|素一些|素净|柔和一点的颜色|低饱和|降饱和|没那么艳|别那么艳|不要那么艳|不那么鲜艳|少点颜色|less vivid|less vibrant|less colourful|less colorful|less colour|less color|less saturation|paler|pale colours|washed-out look|washed out look|tone the colours down|tone the colors down|tone down the colours|tone down the colors|mute the colours|mute the colors|calmer colours|calmer colors|softer colours|softer colors|duller",
    ),
    (
        "temperature",
        1,
        "heat it up|heat up|cosier|cozier|sunnier|调暖些|弄暖|暖一些|暖点|再暖点|带点暖意|更温馨|温馨一点|warmer|warm up|make it warm|more warm|暖|更暖|暖和|偏暖|暖色|变暖|调暖|暖调|warm it up|warm it|warmed up|暖一点|调暖一点|warm the picture up|warm the photo up|暖一点的色调|温暖|温暖一点|再暖|黄一点|黄一些|more warmth|warmer tones|warmer tone|warming|warmed|warmer colours|warmer colors|less blue|less cold|yellower",
    ),
    (
        "temperature",
        -1,
        "chill it|chill it down|icy|少点暖|弄冷|冷一些|冷点|再冷点|带点冷感|cooler|cool down|colder|more cool|冷|更冷|偏冷|冷色|变冷|调冷|冷调|冷色调|cool it down|cool it|冷一点|再冷|清冷|蓝一点|蓝一些|少点黄|没那么黄|别那么黄|不那么黄|cooler tones|cooler tone|cooling|cooled|colder tones|less warm|less yellow|less orange|bluer|icier|chillier|cooler colours|cooler colors",
    ),
    (
        "contrast",
        1,
        "通透点|通透一点|通透些|more bite|more depth|立体一点|立体点|层次感强一点|more contrast|contrastier|通透|更通透|对比强一点|对比强一些|对比再强|对比大一点|反差大一点|反差强一点|higher contrast|stronger contrast|contrast up|extra contrast|harder contrast|crisper contrast|more contrasty|contrasty|crank the contrast",
    ),
    (
        "contrast",
        -1,
        "less contrast|flatter|柔和|对比弱一点|对比小一点|反差小一点|柔和一点|柔和一些|柔和些|柔一点|柔一些|softer contrast|lower contrast|reduced contrast|flatten the contrast|contrast down|softer look",
    ),
];

const DEGREES: &[(Degree, &str)] = &[
    (
        Degree::Little,
        "a bit|a little|slightly|a touch|a little bit|a tad|somewhat|bit|little|subtly|gently|lightly|一点|一点点|一些|稍微|稍|略|略微|些|点|轻微|轻轻|少许|微微|有点|稍稍|适当|轻度|再一点|a smidge|a wee bit|a hair|a notch|一丢丢|一点儿|kinda|点儿|weaker|less strongly|一小点|一丁点|丁点|稍微一点|稍微一些|再一些|再一点点|小幅|小小|微调|轻|轻点|轻一点|轻一些|别太重|别太过|别太狠|浅浅|浅一点|浅一些|浅点|淡淡|弱弱|柔柔|a smidgen|a fraction|marginally|a shade|by a bit|by a little|by a touch|just slightly|ever so slightly|very slightly|very lightly|not too much|not too strong|not much|a teeny bit|a tiny bit|a whisker|a dash|mildly|mild|moderately|gentle|subtle|light touch|softly|low strength|low intensity|minor|minimally|faint|faintly|quick touch",
    ),
    (
        Degree::Lot,
        "a lot|much|very|strongly|heavily|way|far|significantly|really|super|很多|非常|大幅|特别|超级|多一点|更多|很|强烈|大大|许多|狠狠|重度|深度|十分|太|大点|quite|stronger|more strongly|太多|太多了|好多|满满|很重|严重|太严重|特别严重|太明显|很明显|比较明显|明显|太重|有点多|比较多|特别多|好重|全是|到处都是|都是些|一大堆|老多|贼多|超多|好几个|极其|极度|最大程度|拉满|拉到最大|尽量|尽可能|使劲|用力|猛|狠一点|狠点|重一点|重点|重些|强一些|强一点|强力|大大地|明显一点|明显些|too much|too many|so much|so many|lots|lots of|loads|loads of|tons of|full of|covered in|covered with|riddled with|very visible|very noticeable|noticeably|noticeable|a great deal|a good deal|a ton|strong|intense|intensely|drastically|dramatically|dramatic|massively|hugely|considerably|substantially|extremely|max out|to the max|maximum strength|as much as possible|aggressively|aggressive|high strength|full strength|tremendously|hard",
    ),
];

const LOOKS: &[(&str, &str)] = &[
    (
        "grayscale",
        "black and white|black-and-white|black & white|b&w|b/w|bw|grayscale|greyscale|gray scale|grey scale|monochrome|desaturated|黑白|黑白照|黑白照片|灰度|灰度图|单色|黑白色|黑白图|黑白的|黑白效果|黑白滤镜|drain all the colour out|drain the colour",
    ),
    (
        "sepia",
        "sepia|棕褐色|怀旧色|褐色调|老照片色调|复古棕|old timey|old-timey|棕褐色老照片|棕褐色老照片那种颜色|老照片那种颜色|老上海那种棕褐色",
    ),
    (
        "invert",
        "invert|inverted|negative|invert colors|invert the colors|invert colours|反色|反相|负片|底片效果|颜色反转|to a negative|flip the colours",
    ),
    (
        "vintage",
        "70s film|80s film|90s film|70s look|80s look|90s look|film feel|film vibe|film style|old film feel|analogue feel|胶片味|胶片的感觉|胶片质感|老胶片|复古味|复古感|港风|港味|老港片|vintage|retro|old film|film look|复古|怀旧|胶片|复古风|胶片感|老电影|polaroid|analog|analogue|lomo|instant photo|宝丽来|拍立得|ccd",
    ),
    ("warm", "warm filter|warm look|暖色滤镜|暖调滤镜"),
    ("cool", "cool filter|cold filter|cool look|冷色滤镜|冷调滤镜"),
    ("lut", "lut|lut文件|lut file|cube file|cube文件"),
];

const STYLES: &[(&str, &str)] = &[
    ("watercolor", "watercolor|watercolour|watercolor painting|watercolour painting|水彩|水彩画"),
    ("oil painting", "oil painting|oil paint|油画"),
    ("ghibli", "ghibli|ghibli-style|ghibli style|studio ghibli|吉卜力|宫崎骏|吉普力"),
    ("anime", "anime|anime-style|manga|manga-style|动漫|二次元|漫画|日漫|动画|anime characters|anime character"),
    (
        "cartoon",
        "cartoon|cartoon-style|comic|comic-style|comic book|pixar|pixar-style|disney|卡通|皮克斯|迪士尼|cartoon characters|cartoon character|comic characters|comic character",
    ),
    ("sketch", "pencil sketch|sketch|line art|line drawing|pencil drawing|charcoal|素描|线稿|铅笔画|手绘|简笔画|速写|线描"),
    ("ink painting", "ink painting|ink wash|chinese painting|国画|水墨|水墨画|中国画|工笔画"),
    ("pixel art", "pixel art|8-bit|8 bit|像素画|像素风"),
    ("cyberpunk", "cyberpunk|赛博朋克"),
    ("3d render", "3d|3d render|clay|claymation|lego|粘土|黏土|乐高"),
    (
        "style",
        "style|illustration|painting|-style|art style|artwork|drawing|风格|插画|绘画|画作|插图|画风|风|stained glass|low poly|pop art|flat style|flat illustration|浮世绘|版画|剪纸|波普|扁平|玻璃彩绘|羊毛毡|刺绣|woodcut|vaporwave|ukiyo-e|gouache|gouache painting|pastel drawing|pastel painting|crayon drawing|crayon style|colored pencil|coloured pencil|colored pencil drawing|chalk drawing|chalk art|acrylic painting|fresco|mosaic art|cubist|cubism|surrealist|surrealism|surreal art|expressionist|expressionism|abstract art|abstract painting|abstract expressionism|art nouveau|art deco|baroque|rococo|renaissance|renaissance painting|gothic art|pointillism|pointillist|fauvism|fauvist|minimalist art|minimalism|photorealism|hyperrealism|hyperrealistic|steampunk|dieselpunk|solarpunk|synthwave|retrowave|glitch art|vector art|vector illustration|line engraving|engraving|etching|linocut|lithograph|silkscreen|screen print art|risograph|stencil art|graffiti style|graffiti art|street art|doodle style|doodle art|caricature|chibi|kawaii style|shoujo|shonen|webtoon|manhwa|graphic novel|storybook illustration|children's book illustration|concept art|fantasy art|sci-fi art|isometric|isometric art|voxel|voxel art|minecraft|simpsons|south park|rick and morty|makoto shinkai|picasso|salvador dali|klimt|gustav klimt|hokusai|andy warhol|warhol|rembrandt|matisse|kandinsky|banksy|frida kahlo|cezanne|vermeer|alphonse mucha|edward hopper|post-impressionist|post-impressionism|impressionism|impasto|origami style|paper cut|papercut|papercraft|paper craft|paper collage|quilling|needle felt|needle felted|cross stitch|embroidery style|crochet style|knitted style|yarn art|wood carving style|plasticine|stop motion|stop-motion|wes anderson|tim burton|film noir|bauhaus|memphis design|psychedelic art|op art|bas-relief|batik|sumi-e|gongbi|thangka|scribble art|blueprint style|funko pop|rubber hose|looney tunes|90s anime|lo-fi style|dark fantasy|chalkboard art|cel shading|cel-shaded|cel shaded|unreal engine|octane render|matte painting|diorama|digital art|digital painting|speed painting|fashion illustration|tattoo style|comic strip|cartoonish|cartoony|dreamworks|marvel comic|american comic|brick style|toy style|gothic style|romanticism|realism|dadaism|futurism|constructivism|suprematism|folk art|naive art|pop-art|persian miniature|medieval illumination|byzantine icon|cave painting|水粉|水粉画|蜡笔画|彩铅|彩铅画|粉笔画|丙烯画|抽象画|抽象派|抽象主义|立体派|立体主义|超现实主义|写实风|写实主义|现实主义|表现主义|野兽派|点彩画|点彩派|后印象派|印象主义|巴洛克|洛可可|文艺复兴|哥特风|极简风|极简主义|新艺术运动|装饰艺术|蒸汽朋克|蒸汽波|赛璐璐|厚涂|平涂|像素艺术|体素|我的世界风|涂鸦风|街头艺术|漫威风|美漫|美漫风|韩漫|国漫|国漫风|条漫|少女漫画|少年漫画|少女漫|q版|萌系|治愈系|治愈风|国潮|国潮风|古风|中国风|新中式|敦煌风|敦煌壁画|年画|皮影戏|剪纸风|剪纸画|折纸风|版画风|木刻|木刻版画|木版画|铜版画|石版画|丝网版画|沙画|钢笔画|炭笔画|炭笔素描|粉彩画|色粉画|重彩|白描|写意画|大写意|山水画|花鸟画|泼墨|油画棒|毛毡风|羊毛毡风|十字绣|苏绣|针织风|钩针风|浮雕风|木雕风|新海诚|毕加索|达利|克里姆特|葛饰北斋|安迪沃霍尔|伦勃朗|马蒂斯|康定斯基|鸟山明|手冢治虫|蒙克|塞尚|达芬奇|等距风|等轴测|低多边形|矢量插画|矢量风|扁平插画|扁平风|儿童插画|绘本风|绘本插画|童话风|概念艺术|概念设计图|科幻风|暗黑风|黑暗奇幻|霓虹风|迷幻风|孟菲斯|包豪斯|故障艺术|故障风|盲盒风|手办风|橡皮泥|黏土风格|充气风|毛绒风|蓝图风|连环画|四格漫画|讽刺漫画|日系|日系风|韩系|韩系风|欧美风|港风|民国风|ins风|莫兰迪风|唐卡|卡通风|动漫风|动画风|漫画风|吉卜力风|皮克斯风|迪士尼风|油画风|水彩风|水墨风|素描风|线描画|儿童画|蜡笔风|彩绘风|拼贴画|拼贴艺术|波普艺术|欧普艺术|纸雕|纸艺|定格动画|沙雕风|数字绘画|数码绘画|厚涂风|半厚涂|赛博风|辛普森|海贼王|火影忍者|龙珠|鬼灭之刃|蒸汽波风|未来主义|浪漫主义|古典主义|新古典主义|解构主义|洛丽塔风|lino print|linoprint|lino cut|lino|woodblock print|woodblock|screen print|screenprint|silk screen|block print|etching style|engraving style|mosaic style|tapestry|collage style|pastel|charcoal drawing|marker drawing|ballpoint drawing|pen drawing|pen and ink|ink drawing|acrylic|comic book style|noir|retro poster|travel poster style|vintage poster style|propaganda poster|stained-glass|paper cutout|felt|plush style|knitted|embroidered|embroidery|mosaic tiles|铅笔素描|彩色铅笔|铅笔风|丙烯|版画风格|麻胶版画|木刻风|拼贴|马赛克画|十字绣风|针织|织物风|陶瓷风|剪影",
    ),
    ("impressionist", "van gogh|van gogh-style|impressionist|monet|梵高|印象派|莫奈"),
];

const DEVICES: &[(&str, &str)] = &[
    (
        "phone",
        "phone|iphone|iphone mockup|phone mockup|smartphone mockup|mobile|手机|手机壳样机|手机样机|手机框|手机里|苹果手机|套手机|套个手机|套进手机|放手机里|套上手机",
    ),
    ("tablet", "tablet|ipad|平板|平板电脑"),
    ("laptop", "laptop|macbook|notebook|laptop mockup|笔记本|电脑|笔记本样机|电脑样机"),
    ("browser", "browser|browser window|chrome window|浏览器|浏览器窗口|browser frame|浏览器框|browser mockup"),
    ("watch", "watch|smartwatch|smart watch|apple watch|手表|智能手表"),
    ("poster", "poster frame|framed poster|画框|海报样机|相框样机|poster mockup"),
    ("box", "product box|packaging box|box mockup|包装盒|盒子样机"),
];

const PLATFORMS: &[(&str, &str)] = &[
    ("amazon.main", "amazon|amazon main image|amazon main|amazon main picture|amazon listing|亚马逊|亚马逊主图|亚马逊首图|amazon主图"),
    ("taobao.main", "taobao|taobao main image|tmall|tmall main image|淘宝|淘宝主图|天猫|天猫主图|淘宝首图"),
    ("jd.main", "jd|jd main image|jingdong|jd.com|京东|京东主图"),
    ("shopify.square", "shopify|shopify square|shopify product image"),
    ("xiaohongshu.cover", "xiaohongshu|rednote|little red book|xhs|小红书"),
    ("wechat.sticker", "wechat|wechat sticker|微信"),
    ("instagram.square", "ins方图|ins正方形|ins正方图|ins图|ins帖子|ins贴文|ins|instagram|ig|insta|instagram square|instagram post"),
    (
        "appstore.6_7",
        "app store|appstore|app store screenshot|应用商店|苹果商店|app store screenshot, 6.7 inch|app store screenshot 6.7 inch|app store 6.7 inch|app store 6.7|app store 6.7-inch|6.7 inch app store screenshot|6.7-inch app store screenshot|6.7 inch screenshot|6.7-inch screenshot|app store 6.7寸|app store 6.7 寸|app store 6.7英寸|app store 截图 6.7寸|app store 6.7寸截图|app store截图|app store 截图|苹果商店截图|应用商店截图|6.7寸截图|6.7英寸截图|app store screenshots",
    ),
    (
        "appstore.6_9",
        "app store 6.9 inch screenshot|app store 6.9 英寸截图|app store 6.9|app store 6.9寸截图|6.9寸截图|6.9 inch screenshot",
    ),
    (
        "appstore.6_5",
        "app store 6.5 inch screenshot|app store 6.5 英寸截图|app store 6.5|app store 6.5寸截图|6.5寸截图|6.5 inch screenshot",
    ),
    (
        "appstore.ipad_13",
        "app store ipad 13 inch screenshot|app store ipad 13 英寸截图|app store ipad screenshot|ipad screenshot|ipad截图|ipad 截图",
    ),
    (
        "xiaohongshu.cover",
        "小红书封面尺寸|小红书封面大小|小红书封面比例|小红书封面规格|小红书封面规范|xiaohongshu cover size|rednote cover size",
    ),
    ("xiaohongshu.shop", "小红书商品主图|小红书商品图|小红书店铺主图|xiaohongshu shop main image|xiaohongshu shop image"),
    ("pinduoduo.main", "pinduoduo|pinduoduo main image|pdd|拼多多|拼多多主图"),
    ("taobao.34", "淘宝3:4主图|淘宝 3:4 主图|taobao 3:4 main image"),
    ("taobao.white", "淘宝白底图|淘宝白底主图|taobao white-background image|taobao white background image"),
    ("taobao.transparent", "淘宝透明图|淘宝透明底图|taobao transparent image"),
    ("instagram.portrait", "instagram portrait|ig portrait|instagram竖图|instagram 竖图|ins竖图"),
    ("instagram.landscape", "instagram landscape|ig landscape|instagram横图|instagram 横图|ins横图"),
    ("instagram.story", "instagram story|ig story|insta story|instagram stories|instagram story size|instagram快拍|instagram 快拍|ins快拍"),
    ("googleplay.icon", "google play icon|google play 图标|google play图标|谷歌商店图标"),
    ("googleplay.feature", "google play feature graphic|google play 置顶大图|play store feature graphic"),
    (
        "googleplay.phone",
        "google play phone screenshot|google play screenshot|google play 手机截图|google play 截图|google play截图|谷歌商店截图",
    ),
    (
        "id.1inch",
        "一寸照|一寸照片|一寸证件照|一寸照尺寸|一寸照大小|1寸照|1寸照片|1寸证件照|1寸照尺寸|标准一寸照|一寸|1寸|1 inch id photo|1-inch id photo|one inch id photo|one-inch id photo|1 inch photo|one inch photo",
    ),
    ("id.small1inch", "小一寸照|小一寸照片|小一寸证件照|小1寸照|小1寸证件照|小一寸|small 1 inch id photo|small one inch id photo"),
    (
        "id.2inch",
        "二寸照|二寸照片|二寸证件照|两寸照|两寸照片|两寸证件照|2寸照|2寸照片|2寸证件照|标准二寸照|二寸|两寸|2寸|2 inch id photo|2-inch id photo|two inch id photo|two-inch id photo",
    ),
    ("id.small2inch", "小二寸照|小二寸照片|小二寸证件照|小两寸照|小2寸照|小2寸证件照|小二寸|small 2 inch id photo|small two inch id photo"),
    ("passport.cn", "中国护照照片|中国护照照|护照照片|护照照|护照相片|chinese passport photo|china passport photo|passport photo 33x48"),
    (
        "passport.us",
        "美国护照照片|美国签证照片|美签照片|us passport photo|u.s. passport photo|american passport photo|usa passport photo|us visa photo|2x2 passport photo|2x2 inch passport photo|passport photo 2x2",
    ),
    (
        "passport.eu",
        "欧洲护照照片|european passport photo|eu passport photo|passport photo 35x45|passport photo 35x45mm|passport photo 35 x 45|35x45 passport photo|35x45mm passport photo|35x45 mm passport photo",
    ),
    ("visa.schengen", "申根签证照片|申根签证照|申根照片|schengen visa photo|schengen photo"),
];

const LANGS: &[(&str, &str)] = &[
    ("en", "english|英文|英语|英|american english|british english|美式英语|英式英语|英国话|洋文|英格力士"),
    (
        "zh",
        "chinese|mandarin|simplified chinese|中文|汉语|简体中文|简体|普通话|chinese simplified|putonghua|简体字|简中|国语|华语|汉文|中国话|中国字|chinese characters",
    ),
    ("es", "spanish|西班牙语|西班牙文|西语|castilian|espanol|latin american spanish|西文|西班牙话|卡斯蒂利亚语"),
    ("ja", "japanese|日文|日语|nihongo|jp|日本语|日本话|日本文|日本字"),
    ("ko", "korean|韩文|韩语|hangul|韩国语|朝鲜语|韩国话|朝鲜文|韩国文字"),
    ("fr", "french|法文|法语|francais|法国话|法国语"),
    ("de", "german|德文|德语|deutsch|德国话|德意志语"),
    ("ru", "russian|俄文|俄语|russki|俄罗斯语|俄国话|俄罗斯文"),
    ("pt", "portuguese|葡萄牙语|葡萄牙文|brazilian portuguese|portugues|葡语|葡文|巴西葡语|巴西葡萄牙语"),
    ("it", "italian|意大利语|意大利文|italiano|意语|意文|意大利话"),
    ("ar", "arabic|阿拉伯语|阿拉伯文|arabic language|阿语|阿文|阿拉伯话"),
    ("th", "thai|泰语|泰文|thai language|泰国话|泰国语"),
    ("vi", "vietnamese|越南语|越南文|viet|越语|越文|越南话"),
    ("id", "indonesian|印尼语|bahasa indonesia|bahasa|印尼文|印度尼西亚语|印度尼西亚文"),
];

const SPINS: &[(Spin, &str)] = &[
    (Spin::Clockwise, "clockwise|cw|顺时针|顺时针方向|向右旋转|往右转|向右转|右转|右旋|rotate right|turn right|to the right by"),
    (
        Spin::Counter,
        "counter-clockwise|counterclockwise|counter clockwise|anticlockwise|anti-clockwise|ccw|逆时针|逆时针方向|向左旋转|往左转|向左转|左转|左旋|rotate left|turn left",
    ),
    (
        Spin::Horizontal,
        "horizontally|horizontal|left to right|left-right|水平|左右翻转|水平翻转|左右镜像|水平镜像|左右反转|横向翻转|左右颠倒|左右对调|左右互换|flip horizontally|mirror horizontally|横着|横的|left-to-right|swap left and right|left becomes right|swap the sides|left for right|左右换|左右对换|左右调换|水平方向|左右方向|the other way round|左右翻",
    ),
    (
        Spin::Vertical,
        "vertically|vertical|top to bottom|up-down|upside-down mirror|垂直|竖直|上下翻转|垂直翻转|上下镜像|上下颠倒|垂直镜像|上下反转|纵向翻转|竖向翻转|上下对调|flip vertically|mirror vertically|竖着|直的|竖向|one under the other|on top of each other|stacked|underneath each other|往下排|under each other|垂直方向|上下方向|竖直方向|上下翻|one below the other|one under another|below one another|one above the other|on top of one another|one beneath the other",
    ),
    (
        Spin::Over,
        "half a turn|half turn|a half turn|半圈|upside down|upside-down|head down|倒过来|倒置|颠倒|转180|倒立|头朝下|头朝下了|倒着|倒着的|反着|倒了|上下颠倒了|上下反了|倒过来了|颠倒了|upside-down now|head first|on its head|on their head|wrong side up",
    ),
];

const FLAGS: &[(Flag, &str)] = &[
    (
        Flag::Transparent,
        "transparent|see-through|with transparency|no background|without background|without a background|without the background|transparent background|alpha channel|透明|透明底|透明背景|透明色|透明图|透明图层|无背景|免抠|免抠图|无底|透明的|要透明|背景透明|底透明|透明背景图|透明底图|透底|镂空|透的|alpha|transparent backdrop|transparent bg|see through|clear background|blank background|no backdrop|no bg|without bg|w/o background|with alpha",
    ),
    (
        Flag::Gradient,
        "gradient|渐变|渐变色|过渡色|渐层|渐层|颜色过渡|gradated|ombre|fading from|fade from|fades from|blend from|fade|fades|fading|blend|blending",
    ),
    (
        Flag::Studio,
        "studio backdrop|studio backdrops|studio background|studio gradient|studio gradient background|studio gradient backdrop|studio paper|studio sweep|studio style background|studio-style background|studio look background|studio style backdrop|studio-style backdrop|photo studio backdrop|photo studio background|photo studio|seamless paper|seamless paper backdrop|infinity cove|影棚|摄影棚|影棚背景|摄影棚背景|影棚的背景|影棚底|影棚底色|影棚背景布|棚拍背景|棚拍的背景|影棚渐变|影棚渐变背景|影棚效果|影棚效果的背景|影棚感|影棚风|影棚风格|影棚风格的背景|摄影棚风格|无缝背景纸|无缝纸",
    ),
    (Flag::From, "from|从|由|自"),
    (
        Flag::Old,
        "old|old photo|old picture|aged|damaged|torn|faded|老照片|旧照片|老|旧|老旧|破旧|泛黄|老相片|受损|年代久远|年代感|年代久|有年头|几十年前|老掉牙|陈旧|残破|发旧|旧了|老旧照片|old snapshot|old family photo|vintage photo|antique photo|yellowed|weathered|worn out|tattered|battered|time-worn|decades old|from the 50s|from the 60s|from the 40s",
    ),
    (Flag::Layers, "layers|layered|with layers|layered file|分层|图层|分层文件|带图层|多图层"),
    (Flag::Metadata, "metadata|exif|keep metadata|元数据|拍摄信息|拍摄参数|exif信息|拍摄数据"),
    (
        Flag::Row,
        "in a row|side by side in a row|一排|横排|排成一行|一行|next to each other|in one row|排一行|并排|横着排|side by side|一字排开|一字排|横向排开|横向排|横向一排|从左到右排|并成一排|lined up in a row|in line|in a line|in one line|all in a row|one next to the other|beside each other|next to one another|left to right in a row",
    ),
    (
        Flag::Shelf,
        "shelf-style|shelf style|on one shelf|all on a shelf|摆货架|上货架|摆到货架|货架上|摆在货架|上架图|货架陈列|陈列架|架子上|on a shelf|on shelves|on the shelf|as if on a shelf|like on a shelf|shelf display|on a shelf like",
    ),
    (
        Flag::Grid,
        "grid|in a grid|nine grid|九宫格|网格|宫格|四宫格|网格排|grid layout|2x2 grid|3x3 grid|摆成网格|网格的样子|格子|两行两列|2x2网格|3x3网格|格子状|田字格|六宫格|拼成网格|网格状|网格布局|grids|grid view|in grid form|checkerboard layout|contact sheet|2 by 2 grid|3 by 3 grid|two by two|three by three|square grid",
    ),
    (Flag::Scene, "scene|display picture|showcase|展示图|场景图|场景|展示|展览图|合照"),
    (
        Flag::Tile,
        "tiled|tile|repeated|平铺|铺满|满屏|满屏铺|满屏铺上|铺满整张|铺满全图|铺满整图|铺满画面都|重复铺|斜着铺满|密密麻麻|满图|all over it|all over the image|all over the picture|all over the photo|all over|repeating|tiling|repeat it across|across the whole image|across the whole picture|across the whole photo|across the entire image|in a pattern|as a pattern|diagonal pattern",
    ),
    (
        Flag::Under,
        "under|below|less than|smaller than|no more than|at most|max|maximum|not exceed|within|up to|以内|以下|不超过|小于|不大于|控制在|低于|之内|最大不超过|限制在|最大|不能超过|不要超过|别超过|不得超过|不可超过|小于等于|最多|至多|顶多|上限|以下就行|under about|not over|no larger than|no bigger than|not more than|not larger than|not bigger than|not exceeding|or less|or under|or below|cap at|capped at|limited to|limit of|must be under|stay under|stays under|to fit under|max size",
    ),
    (
        Flag::TooDark,
        "too dark|underexposed|low light|太暗|太暗了|曝光不足|光线不足|偏暗|有点暗|昏暗|光线太暗|有些暗|拍暗了|暗了|光线特别暗|特别暗|很暗|so dark|really dark|very dark|pretty dark|way too dark|好暗|黑乎乎|死黑|太黑|too dim|pitch dark|光线不好|came out way too dark|underlit|came out dark|under-exposed|暗得很|太黑了|黑了|黑得看不清|黑漆漆|乌漆麻黑|黑乎乎的|昏昏暗暗|光线暗|光线很暗|光太暗|灯光暗|灯光太暗|拍得太暗|拍得暗|拍得有点暗|夜景太暗|逆光了|不够亮|不太亮|亮度不够|曝光不够|欠曝|a bit dark|bit dark|quite dark|rather dark|little dark|kind of dark|kinda dark|very dim|so dim|quite dim|under exposed|underexposure|dimly lit|poorly lit|badly lit|backlit|back-lit|hardly see anything|can hardly see anything|can't see anything|barely see|barely visible|not bright enough|too murky|murky|too black|lacks light|no light",
    ),
    (
        Flag::Cast,
        "偏黄|偏黄了|偏色|偏绿|偏红|偏蓝|too yellow|yellowish|colour cast|color cast|all yellow|发灰|灰灰的|灰蒙蒙|灰蒙蒙的|雾蒙蒙|发黄|dull|too blue|too green|too warm|too cold|looks flat|没精神|色偏了|偏紫|偏青|偏橙|泛黄了|泛蓝|泛绿|泛红|发蓝|发绿|发红|发青|太黄|太黄了|太蓝|太蓝了|太绿|太绿了|太红|太红了|太暖|太暖了|太冷|太冷了|色彩不对|颜色不对|颜色不准|颜色怪|颜色怪怪的|颜色偏|白平衡不对|灰蒙蒙一片|灰暗|暗淡|黯淡|不通透|没光泽|没层次|灰扑扑|too red|too orange|too pink|too purple|too magenta|reddish|bluish|blueish|greenish|pinkish|orangey|yellow cast|blue cast|green cast|red cast|orange cast|off-colour|off colour|off color|colours are off|colors are off|colour is off|color is off|wrong white balance|washed out|washed-out|hazy|foggy|lifeless|drab|flat-looking|faded colours|faded colors|grayish|greyish|dreary|太灰|太灰了|有点灰|灰了|偏灰|很灰|好灰|太平|太平淡|looks grey|looks gray|looks dull|looks lifeless|looks washed out|grey and flat|gray and flat|flat and grey|flat and dull|flat|look off|looks off|are off|colours look off|colors look off",
    ),
    (
        Flag::TooBright,
        "too bright|overexposed|过曝|太亮|太亮了|曝光过度|亮了|还是太亮|blown out|曝了|太曝|过亮|太亮眼|太刺眼|刺眼|爆了|过爆|曝光太过|曝光过了|曝光过头|曝光太高|死白|惨白|一片白|over exposed|over-exposed|overexposure|way too bright|so bright|very bright|really bright|blown-out|burnt out|burned out|too light|glaring|blinding",
    ),
    (
        Flag::Reflection,
        "reflection shadow|with a reflection|倒影效果|加倒影|mirror reflection|带倒影|有倒影|加个倒影|加上倒影|下面倒影|底下倒影|底部倒影|倒影阴影效果|镜面倒影|地面倒影|with reflection|a reflection|reflection below|reflection underneath|mirrored reflection|floor reflection|reflection under|reflection under it|reflection beneath|soft reflection",
    ),
    (
        Flag::Contact,
        "contact shadow|ground shadow|接触阴影|地面阴影|贴地阴影|贴地的阴影|落地阴影|底部接触阴影|脚底阴影|contact shadows|grounding shadow|grounded shadow",
    ),
    (
        Flag::TitleWord,
        "title|titled|headline|heading|标题|标题是|标题为|题目|大标题|主标题|标题写|标题叫|题目叫|题为|标题用|主标题写|主标题是|大标题写|大标题是|大字写|大字是|主题写|主题是|题目写|题目是|标题放|名字叫|big title|main title|title text|titled as|headline saying|headline reading|title saying|title reading|called|entitled",
    ),
    (
        Flag::SubtitleWord,
        "subtitle|sub-title|副标题|副标题是|小标题|副标题写|小标题写|小标题是|小字写|小字是|副题|副标|下面写小字|下面小字|小一号写|subtitle saying|subtitle reading|sub title|subheading|sub-heading|subheadline|strapline|tagline saying|smaller text|smaller line|small text|second line|subline|sub-line|sub headline",
    ),
    (Flag::Fit, "fit within|fit inside|fit in|contain|等比|等比例|按比例"),
    (
        Flag::Cover,
        "fill the frame|cover fit|铺满画面|fill the whole area|fill the whole frame|fill the area|fill it completely|filling the frame|fill the entire|fill the entire frame|cover the whole|cover the frame|cover the whole area|fill the space|填满画面|撑满画面|占满画面|填满|撑满|占满|铺满整个画面",
    ),
    (
        Flag::BlurFill,
        "blurred fill|with a blurred background|with blurred background|with blurred edges|blurred edges|blur fill|模糊填充|用模糊填充|模糊背景填充|用模糊背景填充|模糊的背景填充|用模糊|模糊补|模糊补边|用模糊补|blurry edges|模糊边|with blur|with a blur|with blurred sides|blurred sides|with a blurred copy|blurred copy|with a blurry copy of the picture|a blurry copy of the picture|blurry copy of the picture|blurred copy of the picture|blurred copy of itself|blurry copy of itself|blurred version of itself|blurred version of the picture|blurry version of the picture|blurry copy|blurry sides|blurry background fill|blurred bars|blurry bars|blurred background bars|blurry borders|blurred borders|blurred margins|blurry margins|模糊的边|模糊背景补|模糊的背景补|用模糊的画面填|用模糊填|用模糊画面填充|用虚化填充|虚化填充|毛玻璃填充|毛玻璃背景|blur padding|blurred padding|blurred side bars",
    ),
    (
        Flag::WithRecipe,
        "附带配方|带配方|带上配方|附上配方|包含配方|连同配方|写入配方|嵌入配方|内含配方|with the recipe inside|with the recipe|with its recipe|with recipe|including the recipe|include the recipe|embed the recipe|embedding the recipe|with the steps inside",
    ),
    (
        Flag::NoMetadata,
        "不带exif|不要exif|去掉exif|去exif|without metadata|w/o metadata|no metadata|strip metadata|strip the metadata|no exif|without exif|strip exif|strip the exif|w/o exif|不带元数据|去掉元数据|不保留元数据|不留拍摄信息|不带拍摄信息|去掉拍摄信息|remove metadata|remove the metadata|remove exif",
    ),
    (
        Flag::MirrorFill,
        "镜像填充|用镜像填充|镜像补|mirrored edges|mirror fill|reflected edges|reflect the edges|mirrored fill|镜像边|镜像边缘|用镜像|镜像延伸|mirrored borders|mirrored sides|with mirrored edges|mirroring the edges|reflected borders|reflect fill|mirror padding|mirror pad|mirrored padding|reflect padding",
    ),
    (Flag::Animated, "animated|会动的|动态的|动态|会动|moving ones|动起来|能动|会动起来|动效|gif动"),
    (
        Flag::Blank,
        "blank band|blank band|blank strips|blank row|blank line|blank lines|empty band|empty strip|空白条|空白行处|空白段|空白的地方|空白处|空白带|空白行|空白|留白处|blank bits|blank bands|blank parts|blank areas|blank space|the gaps|white gaps|empty bands|blank strip|empty gaps|white bands|空的地方|空处|whitespace|blank gaps|空白位置|空白区域|空白区|空隙|空白间隔|间隙|留白的地方|空白缝|空白缝隙|没内容的地方|白的地方|blank gap|blank spots|blank spaces|empty spaces|empty areas|empty bits|empty parts|blank rows|empty rows|natural breaks|natural gaps|white strips|there's white space|there is white space|at the white space|at white space",
    ),
    (Flag::Auto, "auto|automatic|automatically|自动|一键|智能|自动的|自动帮我|自动化|系统自动|一键式|on its own|automatic mode"),
    (Flag::By, "by|by about|到|至|为|成"),
];

const LINKS: &[(Link, &str)] = &[
    (
        Link::Strong,
        "then|and then|after that|afterwards|next|finally|lastly|first|secondly|at last|at the end|before that|followed by|plus|as well as|也|然后|之后|接着|再|最后|随后|接下来|先|首先|其次|并且|同时|而后|完了|完了之后|另外|此外|还要|还有|以及|顺便|只|只是|只要|仅|仅仅|但|但是|不过|而是|就|再把|just|only|however|instead|also|after|once done|finally just|later|紧接着|完后|完事|弄完|第一步|第二步|第三步|step 1|step 2|step 3|末了|后|只有|so|therefore|hence|accordingly|然后再|接下来再|之后再|再然后|再接着|接着再|最后再|完事再|弄好后|弄好了|做完后|做完再|做好后|处理完|处理好后|完成后|好了之后|好了再|搞定后|随之|顺带|顺便再|顺道|外加|再加上|再有|再来就是|然后就|并再|同时再|to finish|to finish off|to top it off|finish with|finish by|finishing with|end with|ending with|after which|following that|afterward|after this|when that's done|when that is done|when you're done|once that's done|once that is done|once it's done|once it is done|once it's empty|then finally|and finally|and lastly|and afterwards|and after that|and also|on top of that|in addition|additionally|besides that|moreover|furthermore|along with that|step one|step two|step three|step 4|第四步|其一|其二|其三|thirdly|fourthly|next up|subsequently",
    ),
    (Link::But, "but"),
    (
        Link::Why,
        "because|cause|cuz|coz|bc|since|so that|so it doesn't|otherwise|in case|because of|因为|由于|毕竟|免得|不然|否则|省得|以免|要不然|instead of|rather than|in place of",
    ),
    (Link::Weak, "and|or|并|和|与|及|跟|还|并把|又|同"),
];

const NOTS: &str = "don't|dont|do not|not|never|without|no|avoid|please don't|don't want|不要|别|不|勿|请勿|不想|不能|不许|别再|千万别|不是|不要再|不可以|千万不要|可别|别给我|no more|不希望|甭|unless|not to|without losing|without touching|没让你|没叫你|没要你|谁让你|w/o|dont want|do not want|shouldn't|shouldnt|can't have|不应该|不该|不是要|不是让你|不是说|切勿|切记不要|不得|休要|请不要|请别|不想再|免去|nor|neither|none of|not any|rather not|never ever";

/// What is left as it is: unlike "不要背景" it never asks for a removal.
const LEAVES: &str = "不用|不用管|不必|无需|不需要|没必要|先不|先别|就别|不用动|别动|不要动|不动|保持不动|leave alone|no need to|doesn't need|no need|别变|别改|不要变|别碰|不要碰|别管|不要管|don't touch|dont touch|don't change|leave it alone|leave that alone|leave them alone|let it be|let them be|leave as is|leave it as is|leave untouched|keep untouched|untouched|stay untouched|don't alter|don't mess with|do not touch|do not change|don't modify|no changes to|hands off|保持原样|原样保留|别改动|不要改动|不改|不要改|不要动它|别动它|别去动|不要去动|不必管|别理|不用理|不用改|不用变|不用换|不需要换|不需要改|不需要动|无需改动|无需更改|leave it the way it is|leave it like that|leave it how it is|keep it as it is|keep it like this|leave it like this|just leave it";

/// What takes back what was said just before.
const TAKES_BACK: &str = "no wait|wait|oops|whoops|scratch that|my bad|hold on|no no|i mean|i meant|sorry i mean|不对|哦不|不不|不不不|说错了|说错|错了|打反了|打反|弄反了|写错了|打错了|打错|口误|等等不对|不对不对|算了|no, wait|er no|uh no|um no|no actually|wait actually|sorry, no|strike that|correction|let me rephrase|i take that back|nah|nope|不是不是|不对啊|搞错了|弄错了|错啦|说反了|讲错了|我说错了|搞反了|更正|更正一下|纠正一下|改口|不好意思说错|说漏了|哦错了|啊不对|啊不";

const BA: &str = "把|将|给|对|让|为了";

const FILLERS: &str = "please|pls|plz|can you|could you|would you|will you|can u|kindly|help me|help me to|help|the|a|an|my|your|our|to|of|on|in|at|as|with|for|into|onto|is|are|be|being|me|i|you|we|so|that is|some|like|look like|looks|look|looking|would|could|should|will|can|let's|lets|let|go ahead|now|here|there|too|okay|ok so|well|um|uh|hey|nice|nicely|properly|quickly|'s|version of|version|copy|copies|copy of|kind of|sort of|type|size|sized|ratio|aspect ratio|aspect|proportion|proportions|format|over|out|up|down|off|away|back|onto the|exactly|about|around about|roughly|approximately|approx|value|degrees of|amount|new|another|same|its|by default|thing is|i think|you know|actually|btw|by the way|asap|for me|for my|for our|if you can|if possible|when done|shop|store|website|online|listing|profile|use it|was|were|has|own|it's|there's|i'd|i'm|been|whole|entire|full|complete|completely|fully|totally|entirely|clean|neat|pure|plain|solid|simple|small|soft|photo of|picture of|image of|inside|within the|which|who|standing|sitting|walking|shown|visible|current|existing|present|original size|maintaining|keeping the aspect ratio|keep the aspect ratio|keep aspect ratio|keeping aspect ratio|keep proportions|maintain aspect ratio|lossless|file size|file|size of|filter|together|parts|equal parts|equal pieces|equal slices|slices|web|something|anything|effect|thing|things|id photo|passport photo|both|avatar|ready|character|rules|requirements|guidelines|standard|standards|portrait|landscape|tightly|tight|closely|space|sides of|part|side|area|pieces of|set of|in total|\
人家|请|请你|请帮我|麻烦|麻烦你|帮我|帮忙|帮|可以|可不可以|能不能|能|能否|可否|你|我|您|我的|我想|我想要|想|希望|需要你|的|了|吧|呢|啊|呀|哦|哈|嘛|吗|么|一下|一下子|下|一张|张|一个|个|一只|一幅|这张|那张|这个图|这些|那些|这几张|这几件|几件|几个|这几个|这辆|那辆|辆|只|位|件|张图|在|里|里面|里的|上的|中|中的|上面的|是|为|到|成|以|用于|按|按照比例|比例|宽高比|长宽比|画幅|尺寸比例|大小|尺寸|规格|格式|模式|效果|样子|处理|操作|那种|这种|纯|纯色|干净|颜色为|一起|直接|马上|快速|现在|刚才|刚刚|嗯|额|那|那么|好|好的|行|ok|并导|老板|亲|谢谢啦|图片的|照片的|的图|的图片|的照片|出来|起来|过来|下来|上去|回来|掉|后的|时|等|及其|之|所|得|地|着|它们的|变|一份|份|版|版本|整个|完整|整|整体的|统一|左右的|大约|大概|差不多|约|部分|区域|位置|地方|处|那一|这一|方向|形状|形|幅|圈|原来|原有|自己|我们|咱|咱们|店铺|网店|用来|后面再|给它|让它|帮它|使|使其|其中|之中|看起来|看上去|一|条|根|把它|将它|那位|这位|该|本|此|共|总共|一共|就行|就好|即可|就可以|就可以了|可以吗|好吗|行吗|好不好|谢谢你|辛苦|辛苦了|麻烦了|拜托|拜托了|基于|基础上|的基础上|朋友圈|发|网站|继续|还是|都是|还是要|作为|要求|规范|规则|的要求|双|滤镜|打|两个字|几个字|这几个字|证件照|证件|用的|那只|这只|这条|那条|这件|那件|这台|那台|这两|那两|几只|这几只|这双|那双|这朵|这栋|这座|这块|那块|手里|身上|头上|手里的|身上的|头上的|手上的|旁|前|做个|做一下|上|下|行不行|可以不|好不|成不|哈|喔|哒|啦|嘞|咯|嘻嘻|哈哈|哈哈哈|bro|guys|lol|haha|tbh|btw|thx|lil|pretty please|打扰一下|您好|就是|that'd be great|if that's possible|if possible|otherwise fine|急|急急急|覆盖上去|盖上去|bits|the bits|hey so|okay so|the whole|一块儿|一块|那块|那种|的样子|样子|那样|hi there|maybe|about|well actually|this one here|这次|那次|这回|了吗|screenshot 6.7 inch|6.7 inch|6.7寸|6.7 寸|寸|inch|i guess|when you can|thank you so much in advance|in advance|感谢|谢啦|感恩|would it be possible to|is it possible to|be so kind as to|so kind|do me a favour|do me a favor|favour|kindly|do the needful|please to|sir|madam|mate|吧|啦|呗|给我参考一下|参考一下|it first|slightly bit|whole thing|in it|will you|要的|三个都要|if you don't mind|if you dont mind|if you wouldn't mind|would you mind|do you mind|if it's not too much trouble|if it isn't too much trouble|if it's no trouble|no rush|no hurry|no worries|no pressure|no biggie|real quick|really quick|quick favor|quick favour|small favor|small favour|one small favour|one small favor|a quick favor|as soon as possible|as soon as you can|when you get a chance|when you have a moment|when you have time|when you have a minute|when you've got a sec|when you've got a minute|when you get a minute|if you have time|if you have a moment|if you have a minute|if you've got time|whenever you can|whenever you're ready|at your convenience|at your earliest convenience|much appreciated|greatly appreciated|i'd appreciate it|i would appreciate it|i'd really appreciate it|i'd appreciate it if|i'd appreciate if you could|appreciate it|appreciate your help|i appreciate it|i'd be grateful|i'd be grateful if you could|i would be grateful|would be grateful|would be great|that would be great|that would be awesome|that would be lovely|that would be amazing|would be nice|that'd be nice|that'd be awesome|that'd be lovely|it would be great if|it would be nice if|it'd be great if|it'd be nice if|would be cool|it would be cool if|i was wondering if|i was wondering|i wonder if|i was wondering if you could|wondering if you could|wondering if you can|just wondering if|i'm hoping|i was hoping|i was hoping you could|i hope you can|hoping you can|hoping you could|i'd love it if|i would love it if|i'd love|i would love|i'd love to|i would love to|i'd be happy if|do you think you could|do you think you can|do you reckon you could|are you able to|is there any way to|is there a way to|is there any way you could|is there any way you can|any chance you could|any chance you can|think you could|think you can|could you possibly|can you possibly|can you please|could you please|would you please|will you please|can u please|could u please|could u|would u|can ya|could ya|pleaseee|pleeease|pleease|pleaseeee|plsss|plzz|plzzz|plz plz|pls pls|please please|pretty pls|pretty plz|help me out|give me a hand|lend me a hand|do me a solid|be a dear|be a darling|be an angel|if you please|if you would|if you could|if you will|if u can|if u could|if that's okay|if that's ok|if that's alright|if that's fine|if it's possible|if it is possible|if that is possible|if at all possible|hey buddy|hey man|hey dude|hey bot|hey ai|hey assistant|hey guys|hey folks|hey friend|hey team|hey everyone|hey all|dear assistant|dear ai|dear bot|oh man|oh boy|oh wow|oh well|oh okay|oh yeah|oh my|oh my god|omg|oh dear|my goodness|gosh|geez|jeez|wow|woah|whoa|yikes|ugh|hmm|hmmm|hmmmm|umm|ummm|uhh|uhm|er|erm|ah|aha|ahh|oh|ooh|yay|yep|yup|yeah|yea|yes|alright|alrighty|okey|okie|okey dokey|okie dokie|okk|kk|sure|sure thing|of course|certainly|surely|definitely|basically|literally|honestly|frankly|seriously|obviously|apparently|hopefully|perhaps|possibly|probably|presumably|anyway|anyways|anyhow|by any chance|as you can see|as i said|as i mentioned|like i said|as mentioned|as you know|to be honest|to be fair|to be clear|to be frank|truth be told|in fact|as a matter of fact|for what it's worth|fwiw|imo|imho|in my opinion|if you ask me|i believe|i suppose|i reckon|i figure|i feel like|i'd say|i would say|let me think|let me see|let's see|let me know|let me know if you can|you see|so yeah|so basically|so anyway|ok then|okay then|alright then|here goes|here we go|there you go|here you go|here's the thing|the thing is|here's what i need|what i want is|what i need is|what i'd like is|what i'm after is|what i'm looking for is|i'm looking to|i am looking to|i'm trying to|i am trying to|i'm going to|i am going to|i'm gonna|gonna|wanna|i wanna|gotta|i gotta|lemme|i'd prefer|i would prefer|preferably|ideally|my bad|apologies|my apologies|pardon|pardon me|excuse me|sorry to bother you|sorry to bother|sorry for the trouble|sorry to bug you|sorry about that|sorry for bothering you|sorry about this|forgive me|sry|soz|hope that makes sense|if that makes sense|does that make sense|if you know what i mean|hope this helps|you're the best|you are the best|you rock|you're awesome|you're a star|you're a lifesaver|love you|bless you|god bless|xoxo|hahaha|hahah|hehe|heh|lmao|rofl|smh|idk|i don't know how|i dont know how|idk how|i'm not sure how|right away|straight away|immediately|at once|at the moment|for now|for the moment|rn|pronto|urgently|urgent|it's urgent|i'm in a hurry|im in a hurry|in a hurry|hurry|quick quick|as fast as you can|as quickly as possible|as quickly as you can|promptly|carefully|with care|for real|ngl|not gonna lie|no cap|fyi|i swear|trust me|believe me|believe it or not|guess what|long story short|first things first|one last thing|one more thing|if you get me|so to speak|as it were|at your leisure|take your time|i beg you|i'm begging you|begging you|be nice|good sir|kind sir|would you be able to|would you be so kind|would you be so kind as to|could i ask you to|can i ask you to|may i ask you to|might i ask you to|i would ask you to|could i get you to|can i get you to|i'd like you to|i want you to|i need you to|i would like you to|i'd like to ask you to|we'd like you to|we need you to|we want you to|may i|might i|we'd like|we would like|im|ive|i've|we've|we're|they're|you're|it is|there is|there are|here is|here's|here are|ya|u|ur|hun|不好意思|不好意思啊|打扰了|打搅了|打扰啦|劳驾|劳驾您|劳烦|劳烦您|劳烦你|烦请|烦请您|烦劳|有劳|有劳了|有劳您|请问|请问一下|请问可以|请问能|请教一下|想请问|想问一下|想问下|问一下|问下|请您|请您帮我|麻烦您|麻烦大佬|麻烦您了|麻烦帮我|麻烦帮忙|麻烦帮忙一下|麻烦您帮我|拜托啦|拜托拜托|拜托你|拜托你了|拜托您了|求求你|求求你了|求求了|求求|求助|求帮忙|求大佬|求大神|求帮帮|跪求|在线等|在线等挺急的|挺急的|很急|比较急|着急|有点急|急用|急着用|加急|赶时间|赶紧|赶紧的|赶快|尽快|尽早|立刻|立即|立马|不着急|不急|慢慢来|没关系|没事|没事的|没事儿|无所谓|不要紧|没问题|方便的话|如果方便的话|如果方便|要是方便的话|可以的话|如果可以的话|如果可以|要是可以的话|要是可以|能的话|如果能的话|要是能的话|行的话|如果行的话|要是行的话|有空的话|有时间的话|可能的话|如果可能的话|如果可能|有可能的话|最好是|最好能|最好可以|话说|话说回来|说实话|说真的|老实说|讲真|讲真的|讲道理|坦白说|其实|其实吧|其实呢|事实上|实际上|实话说|实话实说|说白了|简单来说|简单地说|简而言之|总之|总而言之|总的来说|反正|这样的话|这样子|这样吧|就这样吧|就这样|就这么办|那就这样|那行|那好|那好吧|那行吧|好滴|好哒|好嘞|好吧|好呀|好啊|好嘛|好咧|行吧|行呀|行啊|可以呀|可以啊|可以哦|没错|对对对|对呀|对啊|是的|是呀|是啊|嗯嗯|嗯嗯嗯|嗯呢|嗯哼|额额|哎呀|哎呦|哎哟|哇塞|哇哦|哇噻|天哪|天啊|天呐|我的天|我的天哪|我的天啊|我的妈呀|妈呀|哦哦|哦哦哦|噢噢|啊啊|啊啊啊|哈哈哈哈|哈哈哈哈哈|呵呵|嘻嘻嘻|呜呜|呜呜呜|啦啦啦|hhh|hhhh|hh|233|2333|emmm|emm|emmmm|orz|qaq|qwq|ok的|ok啦|ok吧|那啥|那个啥|那什么|这个嘛|怎么说呢|咋说呢|就是说|也就是说|换句话说|换言之|说起来|说来|说到底|你说呢|说来话长|是这样的|事情是这样的|情况是这样|情况是这样的|是这样|我跟你说|跟你说|我说一下|我讲一下|听我说|告诉你|我就想|我就是想|我其实想|我本来想|突然想|忽然想|稍等一下|等一下|等一等|等下|等会儿|当然|当然了|当然啦|显然|果然|居然|竟然|倒是|究竟|而已|罢了|什么的|啥的|来着|得了|我希望|希望能|希望可以|希望你能|希望您能|我希望你|我希望能|我想让你|想让你|我打算|我准备|我想请你|我想请您|想请你|想请您|想麻烦你|想麻烦您|想麻烦|想拜托你|想找人|我想找人|我觉得|我感觉|我认为|我猜|觉得|个人觉得|个人感觉|总觉得|总感觉|好像|似乎|也许|或许|应该可以|好像是|大概是|你看着办|看着办|你懂的|懂的都懂|你知道的|明白吗|懂吗|懂了吗|知道吗|听懂了吗|明白了吗|可以么|行么|好么|成吗|成么|能行吗|可行吗|对吧|是吧|是吗|是否可以|是否能|是否能够|是否可|能否帮我|能否请你|能否麻烦|可否帮我|可否请你|可不可以帮我|能不能帮我|能不能帮忙|可不可以帮忙|可以帮我|可以帮忙|能帮我|能帮忙|能帮我一下|能请你|可以请你|能麻烦你|可以麻烦你|能够|帮我一下|帮个忙|帮一下忙|帮一下|帮下|帮帮我|帮帮忙|帮下忙|帮忙一下|帮我个忙|帮我们|请帮忙|请帮下忙|请帮助我|亲亲|亲爱的|宝子|宝子们|各位|各位大佬|各位大神|大佬|大佬们|大神|大神们|小助手|先谢谢了|先谢过|先谢了|先谢过了|爱你|爱你哟|爱你哦|么么哒|比心|笔芯|抱歉|抱歉啊|抱歉打扰|对不起|对不住|不好意思打扰了|见谅|请见谅|多多包涵|请多包涵|多有打扰|冒昧|冒昧问一下|冒昧打扰|小小的请求|有个请求|有个小请求|有个不情之请|不情之请|有件事|有件事想麻烦|咱就是说|家人们谁懂啊|谁懂啊|我真的会谢|真是的|真的是|真心的|拜请|恳请|恳请您|敬请|盼复|如题|如上|是时候|该怎么说|你听我说|听好|听好了|注意啦|注意听|记得哦|你先听我说|一切拜托你了|交给你了|交给你|靠你了|全靠你了|就靠你了|看你的了|来吧|开始吧|动手吧|开工|走起|安排上|安排一下|搞起|麻溜的|麻利点|速速|火速|身后|背后|后面|身后那些|more|level of|in this one|here|无损的|要无损|报名用|够了|就够|一句|起来|一份|那份|顺手|直接|second file|our|ta|done|as well|smack|chat|at all|old print|出去|发出去|拿去|进去|过去|回去|带去|送去|去玩|去爬山|寄去|发去|边边|read backwards|reads backwards|looks backwards|so it's|typical|kind regards|dear team|whatever that means|you can imagine|看范围|我看看|看看|给我听|说明一下|天天|快帮我|我家|我们店|小编说|as possible|of canvas|long page|long image|the wrong way round|wrong way round|good|whatever's|whats written there|这片|那片|网页|聊天|crank|碍眼|碍事|挡镜头|挡视线|挡路|煞风景|突兀|扎眼|太多余|显得多余|很丑|太丑|烦人|讨厌|不协调|不搭|影响画面|影响美观|破坏画面|很乱|太乱|杂乱|很杂|太杂|sticker-like|sticker like|双十一|双11|双十二|双12|618|六一八|春节|中秋|中秋节|元旦|圣诞|圣诞节|国庆|国庆节|七夕|情人节|母亲节|父亲节|儿童节|端午|端午节|元宵|元宵节|开学季|毕业季|年货节|黑五|周年庆|店庆|促销|大促|black friday|christmas|new year|new year's|valentine's|valentine|mother's day|father's day|halloween|easter|thanksgiving|back to school|summer|winter|spring|autumn|for the feed|for my feed|the feed|feed|in a moment|for a moment|straight|as it is now|from there|in there|over there|over here|right here|right there|where|while|just now|thingy|pic thing|main pic thing|kind|sort|stuff|nicely please|carefully please|sir/madam|first of all|at first|to begin with|to start with|for starters|for a start|overall|in general|as needed|where needed|as required|properly please|that's all|thats all|that is all|that's it|nothing else|and that's it|that would do|that will do|that'll do|will do|would do|do it|do that|do this|go|ahead|look good|good enough|正式|那个那个|一下呗|一下啦|一下吧|一下哈|一下哦|来吧来吧|帮我看看|试试|试试看|试一下|试下|看看效果|看下效果|看一下效果|看效果|效果看看|怎么样都行|都行|都可以|也行|也可以|也好|差不多就行|就成|就可以了吧|能弄吗|能做吗|可以做吗|可以弄吗|能处理吗|可以处理吗|行吗亲|谢谢亲|求|咧|嘿嘿|咳|额那个|对了|哦对|对了对了|还有就是|另外就是|再就是|然后呢|后来|顺便帮我|顺便给我|最后呢|最后帮我|首先呢|先帮我|先给我|首先帮我|came|came out|comes out|turned out|came back|ended up|appears|appear|seems|seem|got|gets|became|until|till|至于|night|us|ours|some of|bold|in bold|加粗|粗体|粗一点|醒目|醒目一点|醒目点|bold letters|letters in bold|font|in font|font size|字号|字体大小|字大小|point|points|losing quality|quality loss|without quality loss|losing sharpness|any loss|loss|distort it|distortion|stretching it|the ratio|keep ratio|keeping ratio|keep the ratio|keeping the ratio|保持比例|比例不变|不变形|纵横比|无损|夜景|风景|雪景|街景|海景|山景|全景|between|between them|in between|gap|gaps|spacing|of gap|间距|间隔|thin|thick|slim|fat|细|细细|细细的|粗粗的|窄|窄窄的|quick|freckled|whole of|printed|properly exposed|please note|as usual|like that|like this|like so|such|very own|somehow|someway|a way|the way|ones|of mine|mine|theirs|hers|his own|our own|the old one|in question|as shown|as in|depending|per|each one|theres|elsewhere|afterwards too|can't read|cannot read|can not read|couldn't read|unable to read|can't read a word of it|don't read|看不懂|pick whatever|pick whatever looks good|whatever you think|your choice|up to you|you choose|you decide|surprise me|as you like|as you see fit|anything goes|nothing crazy|nothing too crazy|nothing too fancy|nothing special|w|before i post it|before i post|before i send it|before posting it|before i upload it|before i upload|before it goes on the website|before it goes online|before we print it|before we print|before printing|before i print it|look natural|naturally|你看着来|别的你看着来|看着来|看着弄|随你|你定|你看着弄|你自己看|按你的来|你觉得行就行|不够的地方|不足的地方|缺的地方|空出来的地方|缺的部分|不够的部分|贴着|紧贴|紧贴着|挨着|围着|绕着|再来点|where it says|make it say|it says|in terms of|would love|it'd be|for contracts|for the press kit|for the newsletter|for the website|for print|for printing|for instagram post|as a test|for once|on purpose|for reference|不好看|难看|数来|数过来|数过去|数起|后头|前头|里头|外头|dear|my dear|darling|teh|not become soft|not get soft|without going soft|without it going soft|not go soft|without getting blurry|not become blurry|without becoming blurry|其他都别动|其它都别动|别的都别动|其余都别动|其他别动|其它别动|别的别动|其余别动|其他都不要动|其他都不动|别的都不要动|其他地方别动|其他地方不要动|别的地方别动|其余不动|其他的都别动|其他的别动|其他保持不变|其余保持不变|id like|id love|百天|百日|百天照|百日照|满月照|周岁照";

const CHATS: &[(Chat, &str)] = &[
    (
        Chat::Hello,
        "hello|hi|hey there|hi there|good morning|good afternoon|good evening|greetings|howdy|你好|您好|在吗|在么|哈喽|嗨|早上好|下午好|晚上好|hello there|早|嘿|大家好|你是谁|who are you|老师好|老板好|亲在吗|yo|hiya|how's it going|hows it going|what's up|whats up|sup|先想想|再想想|我再想想|我找下图|我找下|hiya|hope you're having a nice day|have a nice day|good day",
    ),
    (
        Chat::Thanks,
        "thanks|thank you|thx|ty|thank you so much|thanks a lot|great|awesome|perfect|nice one|well done|good job|cool thanks|cheers|lovely|谢谢|谢了|多谢|感谢|谢谢你|太好了|不错|很好|真棒|棒|赞|完美|厉害|再见|拜拜|bye bye|goodbye|收到|可以了|好了|very good|looks good|looks great|很满意|满意|谢啦老板|谢谢配合|超好看的|超好看|好看|满分|爱了|绝了|thats exactly what i wanted|exactly what i wanted|that's exactly what i wanted|love it|nailed it|brilliant|amazing|fantastic|辛苦啦|完美收工|麻烦你|明天再来|thanks heaps|heaps|thats perfect|that's perfect|nice|spot on|that's spot on|今天先到这儿|到这儿|cheers mate|leave it as it is|never mind leave it as it is",
    ),
    (
        Chat::Help,
        "what formats|which formats|how do i|how can i|how to|怎么|怎样|如何|支持哪些格式|what can you do|what do you do|what are you able to do|help|how does this work|how do i use this|how to use|what can i do|capabilities|what features|features|你能做什么|你会做什么|你会什么|你可以做什么|你能干什么|你能干嘛|能做什么|有什么功能|怎么用|如何使用|怎么使用|功能介绍|帮助|会什么|可以做什么|能干什么|有哪些功能|支持什么|支持哪些操作|你都会啥|你会啥|能干啥|要钱吗|免费吗|收费吗|是什么软体|是什么软件|什么软件|are you a real person|are you a bot|are you human|a real person or a bot|is this free|who made you|what sort of stuff can you do|what sort of stuff|你都会什么|会什么|what sort of things can i ask you to do|what can i ask you|你是ai还是真人|真人还是ai|anyone home|what kind of edits can i ask for|what kind of edits|what sort of edits|what kinds of edits|what types of edits|which edits|what edits|what can you|what do you know|what are your abilities|what are you capable of|what's possible|what is possible|what operations|what tools|what commands|what else can you do|what else can you|do you know how|can you do anything|tell me what you can do|show me what you can do|list your features|what do you support|which formats do you support|what languages|user guide|manual|tutorial|instructions please|how does it work|how does this thing work|how do you work|how to start|where do i start|how do i start|getting started|你能|你会|会些什么|能做些什么|能帮我做什么|可以帮我做什么|能处理什么|可以处理什么|能修什么|都能做什么|都能干啥|都有啥功能|有啥功能|有哪些操作|能用来干嘛|能用来做什么|是干什么的|是干嘛的|是做什么的|你是什么|介绍一下你自己|自我介绍|怎么操作|咋操作|使用说明|教程|说明书|教我用|教教我|怎么开始|从哪开始",
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
    out.push((Kind::Leave, LEAVES));
    out.push((Kind::TakesBack, TAKES_BACK));
    out.push((Kind::Ba, BA));
    out.push((Kind::Filler, FILLERS));
    out
}
