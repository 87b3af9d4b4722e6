// Command colly crawls one host with gocolly/colly as its documentation would have it: follow every a[href], 16 at a time.
//
//	colly URL [SUFFIX]
//
// With a suffix it follows only links whose path ends so.
package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/gocolly/colly/v2"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: colly URL [SUFFIX]")
		os.Exit(2)
	}
	suffix := strings.Join(os.Args[2:], "")
	c := colly.NewCollector(colly.Async(true))
	c.IgnoreRobotsTxt = false
	c.WithTransport(&http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true})
	if err := c.Limit(&colly.LimitRule{DomainGlob: "*", Parallelism: 16}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	c.SetRequestTimeout(time.Minute)
	var host string
	c.OnHTML("a[href]", func(e *colly.HTMLElement) {
		to := e.Request.AbsoluteURL(e.Attr("href"))
		if to, _, _ = strings.Cut(to, "#"); to == "" {
			return
		}
		// By hand, for a regular expression is not what is to be measured.
		rest, ok := strings.CutPrefix(to, host)
		path, _, _ := strings.Cut(rest, "?")
		if ok && strings.HasSuffix(path, suffix) {
			_ = e.Request.Visit(to) // which fails for what was visited
		}
	})
	parts := strings.SplitN(os.Args[1], "/", 4)
	host = strings.Join(parts[:min(3, len(parts))], "/") + "/"
	if err := c.Visit(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	c.Wait()
}
