package page

// Class is the kind of a page's failure. The set is closed: programs may branch on it.
type Class string

// The classes of failure.
const (
	DNS       Class = "dns"       // the host name does not resolve
	Refused   Class = "refused"   // nothing listens on the host's port
	Network   Class = "network"   // no route, or another failure to connect
	TLS       Class = "tls"       // the certificate or the handshake is not acceptable
	Timeout   Class = "timeout"   // no answer, or not all of it, in the time allowed
	Reset     Class = "reset"     // the connection was closed before the answer was whole
	Protocol  Class = "protocol"  // the answer is not HTTP, is none to what was asked, or its encoding is broken
	Client    Class = "4xx"       // the server answered with a 4xx status
	Server    Class = "5xx"       // the server answered with a 5xx status
	Redirects Class = "redirect"  // a redirect without a usable target
	Robots    Class = "robots"    // robots.txt disallows the URL: it was not asked for
	Private   Class = "private"   // the address lies in a private network: it was not asked for
	Trap      Class = "trap"      // the URL looks like one of endlessly many: it was not asked for
	Cancelled Class = "cancelled" // the crawl ended before the answer came; such a page is never recorded
	Internal  Class = "internal"  // a fault in amble while it handled this page
)

// Error is why a page failed or was not fetched.
type Error struct {
	Class Class  `json:"class"`
	Text  string `json:"text"` // one line for a person
}

// Error implements the error interface: the class and the text.
func (e *Error) Error() string { return string(e.Class) + ": " + e.Text }

// Transient reports whether trying again may help: timeouts, connections that break or are not made, 5xx and, by its status,
// 429 and 408. A status of 0 means that there was no answer.
func (e *Error) Transient(status int) bool {
	switch e.Class {
	case Timeout, Reset, Refused, Network, Server:
		return true
	case Client:
		return status == 429 || status == 408
	}
	return false
}

// Classes are all classes that a record can have.
var Classes = []Class{DNS, Refused, Network, TLS, Timeout, Reset, Protocol, Client, Server, Redirects, Robots, Private, Trap, Internal}

// HeldBack reports whether the URL was not asked for by amble's own decision; all other errors are failures.
func (e *Error) HeldBack() bool { return e.Class == Robots || e.Class == Private || e.Class == Trap }
