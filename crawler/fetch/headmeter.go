package fetch

const (
	// maxHeaderBytes is the largest header of an answer, with the interim answers (1xx) before it, and fieldWeight what each of its
	// lines counts besides its bytes, as HTTP/2 has it (RFC 9113, section 6.5.2). A field of four bytes takes a hundred in
	// memory, for as long as the server lets the crawl wait for the next: by bytes alone as many connections as
	// a crawl has workers would hold gigabytes. Node.js takes 16 KiB of a header, many proxies 8 KiB.
	maxHeaderBytes = 64 << 10
	fieldWeight    = 32
)

// headMeter weighs the header of an HTTP/1 answer while it comes in. The zero value weighs nothing.
type headMeter struct {
	on     bool
	weight int
	line   int  // length of the line so far
	cr     bool // all there is of the line is a carriage return
	status bool // it is the status line
	space  bool // the byte before was of its first blanks, which may be several
	spaced bool // it has had a blank
	again  bool // the status is 1xx: another header follows
}

// begin makes ready for the answer to a request.
func (m *headMeter) begin() { *m = headMeter{on: true, status: true} }

// add takes in the next bytes of the connection, and reports whether the header is heavier than it may be. What comes behind the
// header counts for nothing.
func (m *headMeter) add(b []byte) (over bool) {
	for _, c := range b {
		if !m.on {
			break
		}
		m.weight++
		if c == '\n' {
			m.endLine()
			continue
		}
		if m.status {
			m.again = m.again || m.space && c == '1'
			m.space = c == ' ' && (m.space || !m.spaced)
			m.spaced = m.spaced || m.space
		}
		m.cr = m.line == 0 && c == '\r'
		m.line++
	}
	return m.weight > maxHeaderBytes
}

func (m *headMeter) endLine() {
	empty := m.line == 0 || m.line == 1 && m.cr
	switch {
	case !empty:
		m.weight += fieldWeight
		m.status = false
	case m.again:
		*m = headMeter{on: true, status: true, weight: m.weight}
	default:
		m.on = false
	}
	m.line, m.cr = 0, false
}
