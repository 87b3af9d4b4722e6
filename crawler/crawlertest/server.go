package crawlertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Server serves a site on one listener. A browser or another crawler can use its address as an HTTP proxy.
type Server struct {
	handler *handler
	log     Log
	ln      net.Listener
	http    *http.Server
	stop    context.CancelFunc // ends every request under way
	running sync.WaitGroup     // every connection and every handler
	served  chan struct{}      // closed when nothing more is accepted
	once    sync.Once
}

// Serve starts to serve the site on addr; "" means a free port of 127.0.0.1. It does not block. The caller must
// Close the server.
func Serve(s *Site, addr string) (*Server, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("serve site %s: %w", s.Name, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	v := &Server{handler: newHandler(s), ln: ln, stop: stop, served: make(chan struct{})}
	v.http = &http.Server{
		Handler:           http.HandlerFunc(v.serveHTTP),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
		ConnState:         v.connState,
	}
	go func() {
		defer close(v.served)
		v.http.Serve(ln) // returns when the listener is closed, with nothing to say
	}()
	return v, nil
}

// serveHTTP counts the handler apart from its connection, for a hijacked connection counts no more.
func (v *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	v.running.Add(1)
	defer v.running.Done()
	end := v.log.begin(r)
	status := 0
	defer func() { end(status) }()
	status = v.handler.serve(w, r)
}

// connState counts connections. net/http reports each as new before its goroutine starts, and as closed or hijacked
// exactly once.
func (v *Server) connState(_ net.Conn, s http.ConnState) {
	switch s {
	case http.StateNew:
		v.running.Add(1)
	case http.StateClosed, http.StateHijacked:
		v.running.Done()
	}
}

// Addr is the address that the server listens on, as host:port.
func (v *Server) Addr() string { return v.ln.Addr().String() }

// Log is the record of all requests so far. A request is in it from its beginning.
func (v *Server) Log() *Log { return &v.log }

// Dial connects to the server if addr is port 80 of one of the site's hosts. Any other port of them refuses the
// connection, and any other name does not exist: nothing leaves the machine. Its signature is that of
// net.Dialer.DialContext.
func (v *Server) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := v.handler.site.reach(network, addr); err != nil {
		return nil, err
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", v.Addr())
}

// reach returns the error that dialling addr would give if the site were all that there is in the world.
func (s *Site) reach(network, addr string) error {
	name, port, err := net.SplitHostPort(addr)
	name = strings.TrimSuffix(strings.ToLower(name), ".") // as names are compared (RFC 4343)
	switch {
	case err != nil:
	case s.host(name) == nil:
		err = &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	case port != "80":
		err = os.NewSyscallError("connect", syscall.ECONNREFUSED)
	default:
		return nil
	}
	return &net.OpError{Op: "dial", Net: network, Err: err}
}

// Close ends all requests under way, answered or not, closes all connections and returns when nothing of the server
// runs any more. It may be called more than once.
func (v *Server) Close() error {
	var err error
	v.once.Do(func() {
		v.stop()
		err = v.http.Close()
		<-v.served
		// A connection accepted during the first Close may have escaped it; now nothing more is accepted.
		err = errors.Join(err, v.http.Close())
		v.running.Wait()
	})
	return err
}
