//! What the instructions are about: the picture, its parts, goods, nouns that no detector finds; the detector's classes come from [`classes`].

use crate::plan::classes;
use crate::plan::token::{Kind, Thing};

const THINGS: &[(Thing, &str)] = &[
    (Thing::It, "it|this|that|them|these|those|its|this one|that one|the one|one|它|这个|那个|这|那|他|她|它们|其"),
    (
        Thing::Picture,
        "picture|image|photo|photograph|pic|img|shot|whole image|whole picture|whole photo|entire image|everything|canvas|screenshot|ui screenshot|scan|result|final image|final|output image|frame|file|整张图|整张图片|整张照片|整个画面|画面|图片|照片|图像|图|相片|这张图|这张图片|这张照片|这图|此图|原片|截图|ui截图|整图|全图|结果|成品|文件|片子|本图|它的尺寸|整体|画布|照|图里|图中|图上",
    ),
    (
        Thing::Background,
        "background|bg|backdrop|back ground|scene behind|背景|底|底色|背景色|背景颜色|后景|背影色|背景图|背景图片|背景板|背景墙|背境|底图|bj",
    ),
    (
        Thing::Subject,
        "subject|main subject|product|products|item|main object|foreground|object|merchandise|goods|furniture|main item|model|figurine|main thing|主体|产品|商品|主角|前景|物体|物品|东西|货品|家具|单品|宝贝|货|主体物|主体部分|样品|实物|人或物",
    ),
    (
        Thing::People,
        "person|people|persons|man|men|woman|women|guy|girl|boy|child|children|kid|everyone|everybody|human|lady|gentleman|figure|main person|bride|groom|player|friend|people in the background|人|人物|人像|男人|女人|男孩|女孩|小孩|孩子|人们|大家|男的|女的|男生|女生|模特|人员|主人公|朋友|新娘|新郎|小朋友|人影",
    ),
    (Thing::Face, "face|head|faces|heads|人脸|脸|脸部|面部|头部|头|头像|大头|面孔|人头"),
    (
        Thing::Text,
        "text|word|words|letters|writing|caption text|lettering|chinese text|english text|characters|文字|字|文本|字样|字体|文案|汉字|字幕|图上的字|中文字|英文字|日期|date stamp|timestamp|date",
    ),
    (
        Thing::Mask,
        "selected area|selection|selected region|painted area|area i painted|area i selected|area i marked|area i brushed|area i circled|marked area|masked area|mask|highlighted area|brushed area|what i painted|what i marked|what i selected|part i painted|part i marked|place i painted|region i painted|where i painted|where i brushed|circled area|the area|涂抹的地方|我涂抹的地方|我涂的地方|我涂的区域|涂抹区域|涂抹的区域|我涂抹的区域|我涂抹的部分|我圈的地方|圈出的地方|圈起来的地方|我圈出来的地方|选中的区域|选区|选中区域|我选的地方|我选的区域|选中的地方|选中部分|选中的部分|涂的地方|涂的区域|涂抹的部分|蒙版|遮罩|标记的地方|标记区域|我标记的地方|我画的区域|框选的区域|框选区域|圈中的区域|红圈里的东西|我刷的地方",
    ),
    (Thing::Logo, "logo|emblem|badge|brand mark|brand logo|icon|标志|商标|徽标|图标|标|台标|店标|品牌标"),
    (Thing::Watermark, "watermark|water mark|水印|打水印|加水印|水印文字"),
    (
        Thing::Scratch,
        "scratch|dust|speck|dust spots|crease|crack|fold|stain|tear|damage|folds and scratches|划痕|折痕|裂痕|破损|污渍|刮痕|裂纹|折印|霉斑|破损处",
    ),
    (Thing::Noise, "noise|grain|noisy|speckle|噪点|噪声|颗粒|颗粒感|杂点|噪音"),
    (
        Thing::Blemish,
        "pimple|blemish|acne|spot|spots|zit|freckle|wrinkle|dark circles|eye bags|mole|痘痘|痘|斑|痘印|雀斑|皱纹|黑眼圈|瑕疵|眼袋|法令纹|毛孔|青春痘|粉刺",
    ),
    (Thing::Skin, "skin|complexion|皮肤|肤色|肤质|皮|teeth|牙齿"),
    (Thing::Border, "border|frame around|margin|edge|edges|padding|边框|边|边距|留白|外边|边缘|框|相框|空白|边界"),
    (Thing::Shadow, "shadow|drop shadow|soft shadow|cast shadow|阴影|投影|影子|影|柔和阴影|倒影阴影"),
    (Thing::Horizon, "horizon|horizontal line|tilt|perspective|skew|地平线|水平线|水平|海平面|歪|倾斜|歪了|斜了|角度"),
    (Thing::Detail, "detail|texture|fine detail|original detail|original texture|纹理|细节|质感|材质|原图细节|原图纹理"),
    (
        Thing::Colour,
        "color|colour|tones|tone|color tone|colour tone|palette|look|hue and tone|colours|colors|color grading|颜色|色彩|色调|调色|色系|影调|色",
    ),
    (Thing::Caption, "caption|captions|配文|文案为|配字"),
    (
        Thing::Noun,
        "shoe|sneaker|boot|heel|sandal|dress|skirt|shirt|t-shirt|tee|jacket|coat|pants|trousers|jeans|shorts|sock|hat|cap|helmet|glasses|sunglasses|earring|necklace|ring|bracelet|lipstick|makeup|hair|beard|eye|nose|mouth|lip|ear|hand|finger|arm|leg|foot|body|clothes|clothing|outfit|sleeve|button|glove|scarf|belt|sky|cloud|sun|moon|star|tree|flower|grass|leaf|leaves|mountain|water|sea|ocean|river|lake|beach|sand|snow|road|street|wall|floor|ceiling|window|door|curtain|carpet|lamp|light pole|pole|wire|power line|wire|cable|fence|sign|billboard|building|house|roof|bridge|trash|garbage|rubbish|trash can|bin|box|bag|plate|tray|glass|fingerprint|reflection|glare|flare|sticker mark|barcode|qr code|license plate|licence plate|number plate|licence|license|price tag|tag|label|sofa cover|blanket|pillow|towel|brush|pen|pencil|paper|document|card|phone case|headphone|earphone|charger|socket|switch|camera|tripod|guitar|piano|drum|toy|doll|balloon|candle|rope|flag|statue|fountain|swing|slide|tent|perfume|cream|jar|can|packaging|package|carton|ribbon|bow|rainbow|fire|smoke|鞋|鞋子|高跟鞋|靴子|运动鞋|裙子|连衣裙|衣服|上衣|外套|裤子|牛仔裤|衬衫|毛衣|帽子|头盔|眼镜|墨镜|耳环|项链|戒指|手镯|手链|口红|妆|头发|胡子|眼睛|鼻子|嘴|嘴巴|嘴唇|耳朵|手|手指|胳膊|腿|脚|身体|服装|袖子|手套|围巾|皮带|天空|天|云|云朵|太阳|月亮|星星|树|树木|花|花朵|草|草地|叶子|树叶|山|水|水面|海|大海|河|湖|沙滩|沙子|雪|马路|街道|路|墙|墙壁|地板|地面|天花板|窗户|窗|门|窗帘|地毯|灯|路灯|电线杆|电线|杆子|线|围栏|栏杆|招牌|广告牌|建筑|楼|房子|屋顶|桥|垃圾|垃圾桶|盒子|箱子|袋子|盘子|玻璃|指纹|灰尘|反光|倒影|眩光|条形码|二维码|车牌|车牌号|价格|价签|标签|吊牌|毯子|枕头|毛巾|笔|纸|卡片|手机壳|耳机|充电器|插座|开关|相机|三脚架|吉他|钢琴|玩具|娃娃|气球|蜡烛|绳子|旗子|旗|雕像|帐篷|香水|面霜|罐子|包装|丝带|蝴蝶结|彩虹|火|烟|石头|stone|rock",
    ),
];

/// People who happen to be there: all but the main one, unless a side says otherwise.
pub const BYSTANDERS: &str = "bystanders";

const OTHERS: &str = "bystander|by-stander|onlooker|passerby|passers-by|passersby|tourist|stranger|pedestrian|photobomber|people in the background|person in the background|crowd|路人|行人|游客|陌生人|闲人|闲杂人等|路人甲|背景里的人|后面的人|人群|背景中的人|背后的人";

pub(super) fn all() -> Vec<(Kind, &'static str)> {
    let objects = classes::all().iter().flat_map(|class| class.words().map(|words| (Kind::Thing(Thing::Object, class.label), words)));
    let others = std::iter::once((Kind::Thing(Thing::People, BYSTANDERS), OTHERS));
    others.chain(objects).chain(THINGS.iter().map(|(thing, words)| (Kind::Thing(*thing, ""), *words))).collect()
}
