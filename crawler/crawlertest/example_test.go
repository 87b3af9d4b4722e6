package crawlertest_test

import (
	"fmt"
	"io"
	"net/http"

	"amble/crawler/crawlertest"
)

func Example() {
	site, err := crawlertest.ParseSite("shop", []byte(`A page that fails once is there at the second try.
seed: http://shop.test/
-- shop.test/index.html --
!flaky 1 503
<title>Open again</title>
`))
	if err != nil {
		fmt.Println(err) // says the line
		return
	}
	srv, err := crawlertest.Serve(site, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	client := &http.Client{Transport: &http.Transport{DialContext: srv.Dial}}
	defer client.CloseIdleConnections()
	for range 2 {
		resp, err := client.Get(site.Seeds[0])
		if err != nil {
			fmt.Println(err)
			return
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		fmt.Println(resp.StatusCode)
	}
	fmt.Println(srv.Log().Count("http://shop.test/"), "requests")
	// Output:
	// 503
	// 200
	// 2 requests
}
