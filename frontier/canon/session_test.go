package canon

import "testing"

func TestSessionsAreTakenOut(t *testing.T) {
	for in, out := range map[string]string{
		"/?PHPSESSID=ab12cd34ef56ab12cd34ef56ab":                           "/",
		"/a?id=1&phpsessid=0f1e2d3c4b5a69788796a5b4c3d2e1f0&x=":            "/a?id=1&x=",
		"/a?session_id=0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0":               "/a",
		"/a?sessionid=Qm9yZzE3aGFsbG8xMjM0NTY3OA&&b":                       "/a?b",
		"/a?sess%69d=0f1e2d3c4b5a6978":                                     "/a",
		"/a?osCsid=0f1e2d3c4b5a69788796a5b4c3&b":                           "/a?b",
		"/a?zenid=0f1e2d3c4b5a69788796a5b4c3":                              "/a",
		"/a?ASPSESSIONIDQQBCDTSA=A1B2C3DEF4G5H6I7":                         "/a",
		"/a?CFID=1234567&CFTOKEN=87654321&p=2":                             "/a?p=2",
		"/a?cfid=1234567&cftoken=0f1e2d3c4b5a6978-0F1E2D3C":                "/a",
		"/a?sid=0f1e2d3c4b5a69788796a5b4c3d2e1f0":                          "/a",
		"/a?sid=ab12cd34ef56gh78ij90kl12mn":                                "/a",
		"/a;jsessionid=0A1B2C3D4E5F6A7B8C9D0E1F2A3B4C5D":                   "/a",
		"/a;jsessionid=0A1B2C3D4E5F6A7B8C9D0E1F2A3B4C5D.worker1/b;x=1?c":   "/a/b;x=1?c",
		"/a;JSESSIONID=G1vLz2Q3kT7hJ9pXyZ4w!-1234567890?b":                 "/a?b",
		"/a;sid=0f1e2d3c4b5a69788796a5b4c3d2e1f0?b":                        "/a?b",
		"/(S(abcdefghijklmnopqrstuv45))/page.aspx":                         "/page.aspx",
		"/app/(X(1)S(lit3py55t21z5v55vlm25s55))/page.aspx?a":               "/app/page.aspx?a",
		"/(S(lit3py55t21z5v55vlm25s55))":                                   "/",
		"/(S(lit3py55t21z5v55vlm25s55))/":                                  "/",
		"/(S(lit3py55t21z5v55vlm25s55))/a;jsessionid=0A1B2C3D4E5F6A7B8C9D": "/a",
	} {
		u := mustParse(t, "http://h.org"+in)
		got, had := u.SessionFree()
		if !had || got.String() != "http://h.org"+out {
			t.Errorf("%s: got %s, %v; want %s", in, got, had, out)
		}
		checkShape(t, u, 1)
	}
}

func TestWhatOnlyResemblesASessionStays(t *testing.T) {
	for _, in := range []string{
		"/", "/a?b=c", "/?",
		"/schedule?session_id=12345",
		"/schedule?session_id=1234567890123456",
		"/schedule?session_id=2024-opening-keynote-day-1",
		"/schedule?sessionid=TheFutureOfCrawling",
		"/docs?topic=sessionid&value=0f1e2d3c4b5a69788796a5b4c3d2e1f0",
		"/commit?id=0f1e2d3c4b5a69788796a5b4c3d2e1f001234567",
		"/blob/0f1e2d3c4b5a69788796a5b4c3d2e1f001234567/README.md",
		"/article?sid=1234",
		"/article?sid=0F1E2D3C4B5A69788796A5B4C3D2E1F0",
		"/article?sid=0f1e2d3c4b5a69788796a5b4c3d2e1f",
		"/article?sid=12345678901234567890123456",
		"/article?sid=a-long-name-of-26-lettersx",
		"/a?CFID=1234567", "/a?CFTOKEN=87654321", "/a?CFID=x&CFTOKEN=y",
		"/a?token=0f1e2d3c4b5a69788796a5b4c3d2e1f0",
		"/a?PHPSESSID", "/a?PHPSESSID=", "/a?xPHPSESSID=ab12cd34ef56ab12cd34ef56ab",
		"/a;jsessionid=short1", "/a;v=0f1e2d3c4b5a69788796a5b4c3d2e1f0",
		"/..;jsessionid=0A1B2C3D4E5F6A7B8C9D/b", // without it, another directory
		"/wiki/Foo_(S(disambiguation))",
		"/odata/Orders(1)/(S(abc))",
		"/sites/team/Lists/(S(ABCDEFGHIJKLMNOPQRSTUVWX))",
		"/(S(abcdefghijklmnopqrstuv67))/", // not ASP.NET's alphabet
		"/(S(abcdefghijklmnopqrstuv45)/", "/((S(abcdefghijklmnopqrstuv45)))/", "/()", "/(S))", "/((()))",
		"/_layouts/15/Doc.aspx?sourcedoc=%7B0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0%7D",
		"/w/index.php?title=Foo&diff=prev&oldid=123456789",
		"/golang/go/compare/v1.2...v1.3?diff=split&w=1",
		"/aHR0cHM6Ly9leGFtcGxlLmNvbS8xMjM0NTY3ODkw/image.png",
	} {
		u := mustParse(t, "http://h.org"+in)
		if got, had := u.SessionFree(); had || got != u {
			t.Errorf("%s becomes %s", in, got)
		}
		checkShape(t, u, 1)
	}
}
