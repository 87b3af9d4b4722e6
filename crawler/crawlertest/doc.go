// Package crawlertest serves small webs to a crawler, on this machine only: those that come with amble, and those that
// a test writes for itself.
//
// One site lives like this. [Lookup] finds it among the bundled ones, or [ParseSite], [NewGraph] or [Maze] makes it.
// [Serve] puts it behind one loopback listener whose Dial method leads every host of the site there and refuses all
// others, so a crawl cannot leave the machine; or [NewTransport] puts it behind a round tripper without sockets, for
// testing/synctest. Both write every request into a [Log], which a test then asks for gaps, duplicates and
// concurrency. Close ends the server and everything it started.
//
//	site, err := crawlertest.Lookup("tree")
//	srv, err := crawlertest.Serve(site, "")
//	defer srv.Close()
//	client := &http.Client{Transport: &http.Transport{DialContext: srv.Dial}}
//	resp, err := client.Get("http://tree.test/")
//
// [ServeHostile] is for tests that run for long: a web without end in which every path is an attack.
//
// # Site files
//
// A site is a txtar archive. Its comment begins with one sentence that says what a crawl of the site proves. The other
// lines of the comment are each one of
//
//	seed: http://tree.test/        where a crawl starts; one URL a line, at least one
//	args: --depth 5 --rate 0       flags of "amble crawl" for this site, split at white space
//	# remark
//
// and blank lines. Hosts end in ".test", URLs have no port. A file of the archive is named as its URL without the
// scheme:
//
//	-- tree.test/trees/index.html --   answers /trees/ and /trees/index.html; /trees redirects to /trees/
//	-- tree.test/find?q=oak --         answers that query, compared octet by octet
//	-- tree.test/find --               answers any other query
//	-- tree.test/old/* --              answers every path below /old/ that has no file of its own
//
// Paths are compared after percent-decoding. What has no file is a 404, robots.txt included; a host without files
// is a 421. The Content-Type follows from the extension, a name without extension being HTML in UTF-8.
//
// # Directives
//
// The leading lines of a file that begin with "!" and a small letter say how it is answered; the rest is the body.
//
//	!status 404              the status code
//	!head 405                the status code for HEAD requests alone
//	!redirect 301 /there     a status code and a Location, sent as written
//	!header Name: value      a header field; without a value the field is not sent
//	!delay 300ms             waits before it answers
//	!reset                   resets the connection instead of answering
//	!hang                    never answers
//	!flaky 2 503             the first two requests for this file get a 503, the next ones the file
//	!flaky 1 429 Retry-After: 1    the same with a header field
//	!flaky 1 reset           the same with a reset (or: hang)
//	!truncate 100            declares the whole length, closes the connection after 100 bytes of the body
//	!stall 100               declares the whole length, falls silent after 100 bytes of the body
//	!charset shift_jis       sends the body in that encoding and says so in Content-Type
//	!charset gbk undeclared  the same, but Content-Type does not say so
//	!bom                     a byte order mark comes first
//	!base64                  the body below is written in base64
//	!escapes                 \r \n \t \0 \\ \xHH and \uHHHH in the body below stand for bytes and characters
//	!fill 2MB prose          fills the body up to that size, at the line {{fill}} or else at its end, with letters,
//	                         noise, prose, tags or zeros; KB is 1024 bytes, MB is 1024 KB
//	!gzip                    compresses the body for clients that accept it
//	!encode gzip br          applies content codings in that order, whatever the client accepts: br, gzip, zlib (which
//	                         HTTP calls deflate), deflate (the bare stream in its name), zstd. A !header Content-Encoding
//	                         may lie about it
//	!drip 20 bytes every 300ms     sends so many bytes of the body at a time
//	!endless                 sends what stands behind the line {{endless}}, or else all of the body, again and again
//	!raw                     the body below is the whole answer, byte for byte, after which the connection is closed.
//	                         Line ends are left out; escapes stand as with !escapes. !fill, !drip, !endless and
//	                         !stall work on it, {{fill}} and {{endless}} may stand anywhere
//	!etag "v1"               sends that ETag, and answers 304 to requests that have it already (If-None-Match)
//	!modified 2026-01-02T03:04:05Z  sends that Last-Modified, and answers 304 to requests that have it (If-Modified-Since)
//	!edited /second          answers requests that have such a condition as /second is answered: so the file looks edited to
//	                         whoever comes again, and gone if there is no /second
//	!insist "v2"             answers 304 to every request with a condition, with that ETag in place of its own
//	!setcookie name=value; Path=/  a Set-Cookie field, any number of times
//	!needcookie name=value   a 403 for requests without that cookie
//	!needcookie name=value /in     the same with a redirect to /in
//	!auth basic user:word    a 401 for requests without that user and password
//	!echo Cookie             {{Cookie}} in the body becomes what the request says there, or "none"
//	!generate maze 1000      only for names that end in /*: the pages come from code. There are
//
//	    maze PAGES                  each page within a few clicks
//	    calendar                    a month a page
//	    sessions KIND               a number for each visitor, as query, path, php, java or asp write it
//	    repeat                      the same relative links in every directory
//	    redirects N                 a chain of N redirects, or an endless one
//	    links N to M                one page with N links to M others; without "to M", to N others
//	    facets                      a query for each choice of filters, in any order
//	    soft404                     a 200 and nearly the same text for every path, and links further down
//	    grow                        names of 64 letters, 256, 1024 and so on
//	    deep                        links to paths of 8 segments, 16, 32 and so on
//	    hosts wild.test             ever more hosts of a domain, for files of the host *.wild.test
//	    visits                      pages that differ in a date and a counter
//
// The host *.wild.test stands for all hosts below wild.test that have no files of their own.
//
// A client of net/http repeats a GET by itself if a connection that it used before is reset: over sockets it may take
// two resets for it to see one.
//
// Every directive but !header and !setcookie stands at most once in a file. What is wrong in a site file is a
// [SyntaxError] with its line.
package crawlertest
