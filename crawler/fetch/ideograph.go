package fetch

import (
	"math"
	"sync"
	"unicode/utf8"
)

// ideographic is a multi-byte encoding and the one language that pages in it are written in. What its characters are
// worth is told as for a model: log2 of how much more likely than noise, here of two bytes.
type ideographic struct {
	name, lang string
	frequent   string // characters that make up more than half of any text
	share      float64
	// tier is the probability of a character that is not frequent, by its place in the encoding.
	tier func(r rune, lead, trail byte) float64
	list sync.Once
	set  map[rune]float32
}

// signShare is the probability of a sign that is none of signs: of full-width letters, lines and stars.
const signShare = 0.02 / 190

const signs = "。、，．「」：；？！（）“”・ー　《》…—·『』"

var ideographics = []*ideographic{
	{name: "shift_jis", lang: "ja", frequent: kana, share: 0.55, tier: func(r rune, lead, _ byte) float64 {
		switch {
		case r >= 0x30A1 && r <= 0x30FE:
			return 0.1 / 86
		case lead == 0x81:
			return signShare
		case lead >= 0x88 && lead <= 0x97:
			return 0.3 / 2965
		case lead >= 0x98 && lead <= 0xEA:
			return 0.004 / 3390
		}
		return 1e-6
	}},
	{name: "euc-jp", lang: "ja", frequent: kana, share: 0.55, tier: func(r rune, lead, _ byte) float64 {
		switch {
		case r >= 0x30A1 && r <= 0x30FE:
			return 0.1 / 86
		case lead <= 0xA2:
			return signShare
		case lead >= 0xB0 && lead <= 0xCF:
			return 0.3 / 2965
		case lead >= 0xD0 && lead <= 0xF4:
			return 0.004 / 3390
		}
		return 1e-6
	}},
	{name: "euc-kr", lang: "ko", frequent: hangul, share: 0.7, tier: func(_ rune, lead, trail byte) float64 {
		switch {
		case trail < 0xA1 || lead < 0xA1:
			return 0.0005 / 8822
		case lead <= 0xA2:
			return signShare
		case lead >= 0xB0 && lead <= 0xC8:
			return 0.25 / 2200
		case lead >= 0xCA && lead <= 0xFD:
			return 0.005 / 4888
		}
		return 1e-6
	}},
	{name: "gbk", lang: "zh", frequent: simplified, share: 0.5, tier: func(_ rune, lead, trail byte) float64 {
		switch {
		case trail < 0xA1 || lead < 0xA1:
			return 0.002 / 14240
		case lead <= 0xA2:
			return signShare
		case lead >= 0xB0 && lead <= 0xD7:
			return 0.4 / 3500
		case lead >= 0xD8 && lead <= 0xF7:
			return 0.02 / 3008
		}
		return 1e-6
	}},
	{name: "big5", lang: "zh", frequent: traditional, share: 0.5, tier: func(_ rune, lead, _ byte) float64 {
		switch {
		case lead >= 0xA1 && lead <= 0xA3:
			return signShare
		case lead >= 0xA4 && lead <= 0xC6:
			return 0.4 / 5150
		case lead >= 0xC9 && lead <= 0xF9:
			return 0.01 / 7650
		}
		return 1e-7
	}},
}

const (
	kana        = "のにはをたがでてとしれさいるもかなあこうらりすくけよつまそどきえわおめちせだろばんみじやひっねべほびずぶょゃげぎごへふむゅぐぜぞぼ"
	hangul      = "이다는에의가을를은고하지로기니도사한서으리어나인시자아정스일대과해그들라만있보여수제게구부전상적안주면것유오었우장성원선했거음국소동비공신문경위조되치무관중모러였할각연방회계실생세분개용습있및때물내학통와없재요야간미던호명산직운트화반현년진등영심말람번외식발양노건"
	simplified  = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运请"
	traditional = "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運請您"
)

// worth is that of one character of n bytes, r being what they are.
func (d *ideographic) worth(r rune, b []byte, n int) float32 {
	d.list.Do(func() {
		d.set = make(map[rune]float32)
		p := d.share / float64(utf8.RuneCountInString(d.frequent))
		for _, c := range d.frequent {
			d.set[c] = bits(p)
		}
		for _, c := range signs {
			d.set[c] = bits(0.004)
		}
	})
	if w, ok := d.set[r]; ok {
		return w
	}
	switch {
	case r == utf8.RuneError:
		return -20
	case n == 1: // halfwidth katakana and the like: old and rare
		return -8
	case n > 2:
		return -4
	}
	return bits(d.tier(r, b[0], b[1]))
}

func bits(p float64) float32 { return float32(math.Log2(p * (1 << 14))) }

// score is the worth of a sample in this encoding, and whether a character of four bytes is in it. A sample that has broken
// characters from the beginning is not judged to its end.
func (d *ideographic) score(sample []byte) (sum float32, four bool) {
	m := multiByte[d.name]()
	chars, broken := 0, 0
	for src := sample; ; {
		src = src[asciiLen(src):]
		if len(src) == 0 {
			return sum, four
		}
		r, text, n := m.next(src)
		if text != "" {
			r, _ = utf8.DecodeRuneInString(text)
		}
		if r == utf8.RuneError {
			if n == len(src) {
				return sum, four // the sample ends within a character
			}
			broken++
		}
		if chars++; broken > 8 && broken > chars/16 {
			return float32(math.Inf(-1)), false
		}
		four = four || n == 4 && r != utf8.RuneError
		sum += d.worth(r, src, n)
		src = src[n:]
	}
}
