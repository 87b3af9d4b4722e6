// Command floor does the least that a crawler of one host must do, and so says what is left for others to save: it fetches with net/http over 16
// connections, hashes each page, looks for a[href], and follows what it has not met before. It records nothing, and keeps no manners.
//
//	floor URL [SUFFIX]
package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
)

const connections = 16

// crawl is what all workers share.
type crawl struct {
	client http.Client
	host   string
	suffix string

	mu    sync.Mutex
	more  *sync.Cond
	known map[string]struct{}
	queue []string
	busy  int // workers that have a page, and may find more
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: floor URL [SUFFIX]")
		os.Exit(2)
	}
	seed, err := url.Parse(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	c := &crawl{
		host: seed.Host, suffix: strings.Join(os.Args[2:], ""),
		known: map[string]struct{}{seed.String(): {}}, queue: []string{seed.String()},
	}
	c.more = sync.NewCond(&c.mu)
	c.client.Transport = &http.Transport{
		MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true, ReadBufferSize: 32 << 10,
	}
	var workers sync.WaitGroup
	for range connections {
		workers.Go(c.work)
	}
	workers.Wait()
}

func (c *crawl) work() {
	var body bytes.Buffer
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for len(c.queue) == 0 && c.busy > 0 {
			c.more.Wait()
		}
		if len(c.queue) == 0 {
			c.more.Broadcast()
			return
		}
		at := c.queue[0]
		c.queue = c.queue[1:]
		c.busy++
		c.mu.Unlock()
		found := c.visit(at, &body)
		c.mu.Lock()
		for _, u := range found {
			if _, ok := c.known[u]; !ok {
				c.known[u] = struct{}{}
				c.queue = append(c.queue, u)
				c.more.Signal()
			}
		}
		c.busy--
		if c.busy == 0 {
			c.more.Broadcast()
		}
	}
}

// visit fetches a page and returns the different links on it that are to be followed.
func (c *crawl) visit(at string, body *bytes.Buffer) []string {
	resp, err := c.client.Get(at)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return nil
	}
	defer resp.Body.Close()
	body.Reset()
	if _, err := io.Copy(body, resp.Body); err != nil || resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		return nil
	}
	_ = sha256.Sum256(body.Bytes())
	base := resp.Request.URL
	var found []string
	met := make(map[string]struct{})
	for href := range hrefs(body.Bytes()) {
		href, _, _ = bytes.Cut(href, []byte("#"))
		if _, ok := met[string(href)]; ok || len(href) == 0 {
			continue
		}
		met[string(href)] = struct{}{}
		u, err := base.Parse(strings.ReplaceAll(string(href), "&amp;", "&"))
		if err == nil && u.Host == c.host && strings.HasSuffix(u.Path, c.suffix) {
			found = append(found, u.String())
		}
	}
	return found
}

// hrefs yields the values of href in the a elements of a page, as they stand there. It takes markup to be well-formed.
func hrefs(page []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for {
			i := bytes.IndexByte(page, '<')
			if i < 0 || i+3 > len(page) {
				return
			}
			page = page[i+1:]
			if page[0]|0x20 != 'a' || page[1] > ' ' {
				continue
			}
			end := bytes.IndexByte(page, '>')
			if end < 0 {
				return
			}
			tag := page[:end]
			page = page[end:]
			h := bytes.Index(tag, []byte("href="))
			if h < 1 || tag[h-1] > ' ' {
				continue
			}
			value := tag[h+len("href="):]
			if len(value) > 0 && (value[0] == '"' || value[0] == '\'') {
				quote := value[0]
				value = value[1:]
				if e := bytes.IndexByte(value, quote); e >= 0 {
					value = value[:e]
				}
			} else if e := bytes.IndexAny(value, " \t\r\n"); e >= 0 {
				value = value[:e]
			}
			if !yield(value) {
				return
			}
		}
	}
}
