package similar

// levels is the number of binary digits of a counter: it cannot overflow.
const levels = 64

// batch is how many words are counted at once.
const batch = 16

// votes counts for each of 64 bits the words in which it is set. The counters stand upright: word k of sum holds the
// digit of weight 2^k of all of them, so that one operation works on 64 counters.
//
// Words wait until there is a batch of them. Two of a weight and the digit that stands there make a new digit and a carry,
// which is a word of twice the weight: that is one addition per word, in an order that is the same for every batch.
type votes struct {
	n    uint64 // words so far
	sum  [levels]uint64
	wait [batch]uint64 // the last n % batch words, in front of what is of no meaning
}

func (v *votes) add(w uint64) {
	v.wait[v.n%batch] = w
	if v.n++; v.n%batch == 0 {
		v.count()
	}
}

// count adds all words that wait to the counters.
func (v *votes) count() {
	w, d := &v.wait, &v.sum
	var two, four, eight [2]uint64
	var sixteen uint64
	ones, twos, fours, eights := d[0], d[1], d[2], d[3]
	for i := range 2 {
		w := w[8*i : 8*i+8 : 8*i+8]
		for j := range 2 {
			w := w[4*j : 4*j+4 : 4*j+4]
			ones, two[0] = addDigits(ones, w[0], w[1])
			ones, two[1] = addDigits(ones, w[2], w[3])
			twos, four[j] = addDigits(twos, two[0], two[1])
		}
		fours, eight[i] = addDigits(fours, four[0], four[1])
	}
	eights, sixteen = addDigits(eights, eight[0], eight[1])
	d[0], d[1], d[2], d[3] = ones, twos, fours, eights
	for k := 4; sixteen != 0; k++ {
		d[k], sixteen = d[k]^sixteen, d[k]&sixteen
	}
}

// majority has those bits that are set in more than half of the words.
func (v *votes) majority() uint64 {
	all := *v
	clear(all.wait[v.n%batch:])
	all.count()
	// All counters are compared with half at once, from the highest digit down.
	half := v.n / 2
	more, same := uint64(0), ^uint64(0)
	for k := levels - 1; k >= 0; k-- {
		digit := all.sum[k]
		if half>>k&1 == 0 {
			more |= same & digit
			same &^= digit
		} else {
			same &= digit
		}
	}
	return more
}

// addDigits adds three binary digits in each of 64 places.
func addDigits(a, b, c uint64) (sum, carry uint64) {
	ab := a ^ b
	return ab ^ c, a&b | ab&c
}
