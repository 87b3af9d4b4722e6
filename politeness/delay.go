package politeness

import "time"

// DefaultInterval is the interval of a domain where the user asks for none: one request a second.
const DefaultInterval = time.Second

// Pace is how fast the user allows a crawl to ask one domain.
type Pace struct {
	// Interval is the least time between the starts of two requests to one domain. 0 means no limit: who wants that
	// must ask for it, so nothing in amble uses the zero value as a default.
	Interval time.Duration
	// Burst is how many requests may go out together after a quiet time; 0 means 1.
	Burst int
}

// PaceOf is the pace of so many requests a second, rounded to the nanosecond. A rate of 0 or less means no limit.
func PaceOf(perSecond float64, burst int) Pace {
	if perSecond <= 0 {
		return Pace{Burst: burst}
	}
	return Pace{Interval: time.Duration(float64(time.Second)/perSecond + 0.5), Burst: burst}
}

// With is the pace of a domain whose robots.txt asks for a crawl-delay: the longer interval of the two wins. A
// crawl-delay that lengthens the interval also ends bursts, because a site that asks for ten seconds between requests
// does not mean five at once and then fifty seconds of peace.
func (p Pace) With(crawlDelay time.Duration) Pace {
	if crawlDelay > p.Interval {
		return Pace{Interval: crawlDelay, Burst: 1}
	}
	return p
}

// Next is the earliest time at which a domain may be asked again, given the last request to it: sent is when it was
// written to the connection, answered when the first byte of the answer came (zero if none did).
//
// A server measures the gap between the arrivals of two requests, and amble knows only when it wrote them. The first
// byte of the answer is proof of arrival, so the interval counts from there when the answer is prompt. A slow answer is no
// reason to wait longer than the user asked, so the extra is at most a hundredth of the interval: a crawl ends within 1 %
// of requests × interval, and the gap that the server sees is no shorter than the interval unless the network delays
// one request by more than that hundredth longer than the next.
func (p Pace) Next(sent, answered time.Time) time.Time {
	from := sent
	if answered.After(sent) {
		from = sent.Add(min(answered.Sub(sent), p.Interval/100))
	}
	return from.Add(p.Interval)
}

// MaxAdaptive bounds the adaptive pause.
const MaxAdaptive = 30 * time.Second

// AdaptivePause is the pause after an answer that took the server so long: factor times as long, at most MaxAdaptive. It
// gives a struggling server air, and costs nothing where the server is quick, because the interval is longer then. (Heritrix calls
// the factor its delay factor, and takes 5.) The interval of a domain is thus
//
//	max(start + max(user's interval, crawl-delay), end + min(factor × (end − start), 30 s))
//
// from one request to the next.
func AdaptivePause(factor float64, took time.Duration) time.Duration {
	if factor <= 0 || took <= 0 {
		return 0
	}
	return time.Duration(min(factor*float64(took), float64(MaxAdaptive)))
}
