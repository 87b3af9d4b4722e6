package fetch

// language is what the detector knows of a language: facts of a few lines, not statistics of a corpus.
type language struct {
	tag string // primary subtag of BCP 47
	// letters are those that are not ASCII, lower case, the most frequent first.
	letters string
	// words are ASCII, frequent in the language and no words of most others; only for Latin script.
	words string
	// encodings are those that pages in this language were written in, by their names in the standard.
	encodings string
	// places are top-level domains of which the language is the first; the tag itself is always one.
	places string
}

const (
	western  = "windows-1252 iso-8859-15 macintosh"
	central  = "windows-1250 iso-8859-2"
	baltic   = "windows-1257 iso-8859-13 iso-8859-4"
	cyrillic = "windows-1251 koi8-r koi8-u iso-8859-5 ibm866 x-mac-cyrillic"
	balkan   = "windows-1251 iso-8859-5 x-mac-cyrillic"
)

var languages = []language{
	{"en", "éèêçñï", "the and of to that is was for on are with as his they at be this have from or had by not but what all were when we there can your which their said if do will", western, "uk us com au nz ie"},
	{"de", "äüöß", "der die und den von zu das mit sich des auf ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem oder haben nur wir vor zur bis mehr durch man dann unter gegen vom wenn", western, "at ch li"},
	{"fr", "éèàêçôîùûâœïëÿæ", "le la les des et en un une du est que qui dans pour pas au sur par plus ne se ce avec sont mais il elle nous vous ou sa son aux cette ses leur on", western, "be lu mc"},
	{"es", "óíáéñúüª", "de la que el en los se del las un por con no una su para es al lo como pero sus le ha me si sin sobre este ya entre cuando todo esta ser son dos hay", western, "mx ar cl co pe ve"},
	{"pt", "ãçáéíóêõâúàôü", "de que do da em um para com uma os no se na por mais as dos como mas ao ele das seu sua ou quando muito nos pelo pela isso entre depois sem mesmo aos", western, "br"},
	{"it", "àèéùòìî", "di che il la per un in del non della una sono si con le da anche come dei nel alla gli lo delle al ma ha nella degli questo suo dal stato tra essere ogni", western, "sm"},
	{"nl", "ëéïèöüç", "de van het een en in is dat op te zijn voor met die niet aan er om ook als dan maar bij uit door nog naar of tot over ze hebben heeft wordt kan meer deze wij onze", western, ""},
	{"sv", "äåöéü", "och att det i en som av den med till ett har de inte om men var jag sig man han kan vi ska under eller vid efter nu finns alla sin", western, "se"},
	{"da", "øåæéö", "og i at det er en til af den der for de som med ikke et har var jeg om kan vi skal efter eller men ved ud han blev alle fra", western, "dk"},
	{"no", "øåæéò", "og i det er en til av den for de som med ikke et har var jeg om kan vi skal etter eller men ved ut han ble alle fra", western, ""},
	{"fi", "äöåé", "ja on ei se oli ovat mutta joka kun niin tai myös hän mukaan sen jos vain ole voi kuin sekä jotka siitä olla", western, ""},
	{"is", "ðáíþæóöéúý", "og að er sem til um með ekki en var hann eru fyrir af hefur eða við frá svo hafa verið upp þegar", western, ""},
	{"ca", "àóèéíçòïúü·", "de la que el els les per amb una del dels no es en un al com aquest aquesta ha son va seva seu fins des molt tot", western, "cat ad"},
	{"sq", "ëç", "dhe nga një për me të që si në ka është nuk kjo ose", western, "al"},
	{"ga", "áéíóú", "agus an na ar ag is le bhi sa do go den leis", western, ""},
	{"eu", "ñüç", "eta da ez du bat ere izan dira dute baina", western, "eus"},
	{"id", "é", "dan yang di untuk dengan dari ini itu pada tidak dalam akan ke oleh", western, "my"},
	{"cs", "íáěéřčžýšůúťďňó", "a se na je v do to ze za si pro by jako ale od jsem nebo jeho jsou tak po byl kde jak podle bude aby tento", central, "cz"},
	{"sk", "áíčžéýšťúľôďňäóŕĺ", "a sa na je v do to zo za si pre by ako ale od som alebo jeho tak po bol kde podľa bude aby tento ktor", central, ""},
	{"pl", "łęąóżśćńź", "w i na z do nie o to jest za po od ale jak co dla czy przez jego przed tak oraz lub tego przy ich tylko jednak bardzo", central, ""},
	{"hu", "áéöóőüíúű", "a az hogy nem is egy meg ez mint csak volt vagy ha de el le fel minden ki azt amely kell lehet van ezt volt", central, ""},
	{"ro", "ăîşâţșț", "de a la cu pe din nu un o ce sau care pentru mai este sunt prin dar au lui cel ca se fost", central, "md"},
	{"hr", "čšžćđ", "i u je se na da za su od s ne koji iz kako ili bi ali do kao te sve biti samo nije po ako", central, "ba rs"},
	{"sl", "čšž", "in je na se da za so ki pa po ne od tudi kot s ali pri bi do iz ob si lahko bil", central, "si"},
	{"tr", "ıüşğçöâîûİ", "bir ve bu da de ile ne olarak daha olan en kadar gibi ama sonra her ya var mi o ki veya ise", "windows-1254", ""},
	{"lt", "ėįšųžąūęč", "ir kad su yra i tai per jo nuo ne o apie kaip po buvo bet jis arba dar tik iki jau prie", baltic, ""},
	{"lv", "āīēšūņļķģčž", "un ir no ar par uz kas tika bet arī ka tas pie kad vai lai pēc bija to gan", baltic, ""},
	{"et", "äõüöšž", "ja on ei et oli ta see kui ka aga ning oma mis siis kes või nii", "windows-1257 iso-8859-4 windows-1252 iso-8859-15", "ee"},
	{"vi", "đ\u0323\u0301\u0300âưôêơ\u0309ă\u0303áàíóúéèìù", "trong cho khi con theo anh hai ra khu nhau sau xin sinh trung hay thay qua ta tin ban", "windows-1258", "vn"},
	{"eo", "ĝŭĉĵŝĥ", "la kaj de estas en al por ne mi kiu el li", "iso-8859-3", ""},
	{"mt", "żħġċàè", "ta li il u minn dan ma fi kien din", "iso-8859-3", ""},
	{"cy", "ŵâŷôêîïöá", "yn y a i o mae ar yr ac am gan wedi", "iso-8859-14 windows-1252", ""},
	{"el", "αοιτεσνρηυπκμλίςάόωγέδήθχύφώβξζψϊϋΐΰ", "", "windows-1253 iso-8859-7", "gr cy"},
	{"ru", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "", cyrillic, "su kz kg"},
	{"uk", "оанівиертсклдумпязьбгчйхжїцшюєщфґ", "", cyrillic, "ua"},
	{"be", "аніеорыстлкўудзямпцьбвгчжшюйхэфё", "", balkan, "by"},
	{"bg", "аеоитнрсвлкдпмзяъугбчцхжщюйшфьѝ", "", cyrillic, ""},
	{"sr", "аоиенрстувкјдмплзгбћчшцжхњђљџф", "", balkan, "rs me"},
	{"mk", "аоиетнрсвдкулмпзјгбчцшжќњѓљфхџѕ", "", balkan, ""},
	{"he", "יוהלאמרתבשנכדעחפקםגטצסןזךףץ", "", "windows-1255 iso-8859-8", "il"},
	{"ar", "اليمونرتبةعدسفهكقحجشطصخأذىزثضءئإغؤظآً\u064B\u064E\u0651\u0640", "", "windows-1256 iso-8859-6", "eg sa sy"},
	{"fa", "اينردمهوتبسشکقگزلخحفعجپصچطضغظژذآئءيثًكأؤ", "", "windows-1256", "ir"},
	{"th", "านรกอเงมยล่วดท้สตะปบคหแจพิีัืใไขชุูผำโณศธถ็ญซภฟษึฐฉฮ์ฆๆฯฎฏฑฒฬฌฤฝฃฅ", "", "windows-874", ""},
}

// priors are what an encoding must make good, in bits, because few pages are in it. Where the text decides nothing, the
// Windows encoding is what a browser would take.
var priors = map[string]float32{
	"windows-1252": -6, "koi8-u": 2, "iso-8859-2": 2, "iso-8859-3": 8, "iso-8859-4": 6, "iso-8859-5": 4, "iso-8859-6": 2,
	"iso-8859-7": 2, "iso-8859-8": 2, "iso-8859-13": 4, "iso-8859-14": 8, "iso-8859-15": -2,
	"ibm866": 5, "x-mac-cyrillic": 12, "macintosh": 10, "windows-1258": 2, "windows-874": 2,
}
