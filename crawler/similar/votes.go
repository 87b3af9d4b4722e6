package similar

// levels is the number of binary digits of a counter: it cannot overflow.
const levels = 64

// votes counts for each of 64 bits the words in which it is set. The counters stand upright: word k of sum holds the
// digit of weight 2^k of all of them, so that one operation works on 64 counters.
//
// A word waits on its level until there is another; these two and the digit that stands there make a new digit and a
// carry, which is a word for the next level. As in counting in binary, that is one addition per word on average.
type votes struct {
	n    uint64 // words so far: on level k one is waiting if digit k of n is 1
	sum  [levels]uint64
	wait [levels]uint64
}

func (v *votes) add(w uint64) {
	k := 0
	for n := v.n; n&1 != 0; n >>= 1 {
		v.sum[k], w = addDigits(v.sum[k], v.wait[k], w)
		k++
	}
	v.wait[k] = w
	v.n++
}

// majority has those bits that are set in more than half of the words.
func (v *votes) majority() uint64 {
	digit, carry := v.sum, uint64(0)
	for k := range digit {
		waiting := uint64(0)
		if v.n>>k&1 != 0 {
			waiting = v.wait[k]
		}
		digit[k], carry = addDigits(digit[k], waiting, carry)
	}
	// All counters are compared with half at once, from the highest digit down.
	half := v.n / 2
	more, same := uint64(0), ^uint64(0)
	for k := levels - 1; k >= 0; k-- {
		if half>>k&1 == 0 {
			more |= same & digit[k]
			same &^= digit[k]
		} else {
			same &= digit[k]
		}
	}
	return more
}

// addDigits adds three binary digits in each of 64 places.
func addDigits(a, b, c uint64) (sum, carry uint64) {
	ab := a ^ b
	return ab ^ c, a&b | ab&c
}
