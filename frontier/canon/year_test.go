package canon

import (
	"strings"
	"testing"
)

func TestYearsOfCalendars(t *testing.T) {
	for year, paths := range map[int]string{
		2024: "/2024/05/ /2024/5/17/title /blog/2024/12 /a/2024-05 /a/2024-05-17/b /events?date=2024-05-17 /x?until=2024-05-17 /x?month=2024-05 " +
			"/?m=202405 /?m=20240517 /cal?a=1&year=2024&month=5 /cal?month=05&y=2024 /cal?cal_month=0&cal_year=2024 /2024/05?date=2024-06-01",
		2077: "/2077/01 /calendar/month/2077-01/ /calendar?calendar_day=20770131",
		1752: "/archive/1752/09",
		2999: "/2999/12/31",
	} {
		for path := range strings.FieldsSeq(paths) {
			if y, ok := mustParse(t, "http://h.org"+path).Year(); !ok || y != year {
				t.Errorf("%s: got %d, %v, want %d", path, y, ok, year)
			}
		}
	}
}

func TestNumbersThatAreNoYears(t *testing.T) {
	for _, path := range []string{
		"/", "/2077", "/2077/", "/2077/title", "/2077/13", "/2077/0", "/2077/00/", "/2077/123", "/2077//05", "/a2077/05", "/02077/05",
		"/3000/12/", "/0999/12", "/404/12", "/9999/12", "/12/2077", "/2077/+5",
		"/2077-13", "/2077-5", "/2077-05-32", "/2077-05-00", "/2077-05-1x", "/2077-05-17-title", "/2077_05", "/207705/", "/20770517",
		"/?id=207705", "/?id=20770517", "/?id=2077-05", "/?phone=2077-13-01", "/?year=2077", "/?month=5", "/?year=2077&month=13", "/?year=3077&month=5",
		"/?q=year=2077&m", "/?date=2077", "/?date=", "/?date=tomorrow", "/?m=", "/?monthly=207799",
		"/shop?size=2500&colour=12", "/p/2100x12", "/rfc/rfc2077", "/en-2077/05",
		// A range, or a link from one time to another, is no page of a calendar.
		"/?from=2024-01-01&to=2099-12-31", "/2024/05?date=2077-01-01", "/2024/05/2077/05",
		"/golang/go/compare/v1.2...v1.3", "/w/index.php?title=2077&oldid=2077", "/web/20770101000000/http://example.com/",
		"/sites/team/Lists/Calendar/calendar.aspx", "/aW1n/MjA3Ny8wNQ==",
	} {
		if y, ok := mustParse(t, "http://h.org"+path).Year(); ok {
			t.Errorf("%s: got %d", path, y)
		}
	}
}
