package report

import (
	"cmp"
	"container/heap"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"amble/crawler/report/look"
)

// The measures of the tree: whatever the site, no more is shown, nor kept in memory.
const (
	foldersMost = 1200 // those with the most pages
	leavesMost  = 3500 // pages, over all folders
	leavesKept  = 150  // pages of one folder
	nestingMost = 40   // folders below one another; deeper ones count as one
)

// folder is a part of the site: all URLs that begin with its prefix, which ends in a slash.
type folder struct {
	ID                    int
	Name                  string // what it adds to its parent
	prefix                string
	depth                 int
	Pages, Failed, Direct int64
	Bytes                 int64
	Leaves                []leaf
	Folders               []*folder
	More                  int64 // folders that are not shown
	MorePages             int64 // their pages
	folders               int64 // all
}

type leaf struct {
	Name, URL, Title string
	Kind, Status     string
}

// Hidden is how many of the folder's own pages are not shown.
func (f *folder) Hidden() int64 { return f.Direct - int64(len(f.Leaves)) }

// Level is how deep it lies; 1 is a host.
func (f *folder) Level() int { return f.depth }

// Size is the sum of the pages' sizes.
func (f *folder) Size() string { return look.Bytes(f.Bytes) }

// smaller is the order in which folders give way: a parent has as many pages as its children or more, and comes before them where it has as many.
func smaller(a, b *folder) int {
	return cmp.Or(cmp.Compare(a.Pages, b.Pages), cmp.Compare(b.depth, a.depth), cmp.Compare(b.prefix, a.prefix))
}

type folders []*folder

func (h folders) Len() int           { return len(h) }
func (h folders) Less(i, j int) bool { return smaller(h[i], h[j]) < 0 }
func (h folders) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *folders) Push(x any)        { *h = append(*h, x.(*folder)) }
func (h *folders) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

// grower makes the tree of URLs that come in byte order: then all of a folder come in a row, and a folder that is left is complete.
type grower struct {
	open []*folder
	kept folders
}

// split is the folders of a URL, by the lengths of their prefixes, and the number of bytes before the query.
func split(url string) (ends []int, path int) {
	path = len(url)
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		path = i
	}
	start := strings.Index(url, "://")
	if start < 0 {
		return nil, path
	}
	for i := start + 3; i < path && len(ends) < nestingMost; i++ {
		if url[i] == '/' {
			ends = append(ends, i+1)
		}
	}
	return ends, path
}

func (g *grower) add(url string, l leaf, bytes int64, failed bool) {
	ends, _ := split(url)
	n := 0
	for n < len(ends) && n+1 < len(g.open) && len(g.open[n+1].prefix) == ends[n] && strings.HasPrefix(url, g.open[n+1].prefix) {
		n++
	}
	g.leave(n + 1)
	for ; n < len(ends); n++ {
		parent := g.open[len(g.open)-1]
		parent.folders++
		prefix := strings.Clone(url[:ends[n]])
		name := prefix[len(parent.prefix):]
		g.open = append(g.open, &folder{prefix: prefix, Name: name, depth: n + 1})
	}
	for _, f := range g.open {
		f.Pages++
		f.Bytes += bytes
		if failed {
			f.Failed++
		}
	}
	at := g.open[len(g.open)-1]
	at.Direct++
	if len(at.Leaves) < leavesKept {
		l.Name = cmp.Or(strings.TrimPrefix(url, at.prefix), "(the folder itself)")
		l.URL = url
		at.Leaves = append(at.Leaves, l)
	}
}

// leave closes all open folders but the first so many.
func (g *grower) leave(n int) {
	for len(g.open) > n {
		last := len(g.open) - 1
		f := g.open[last]
		g.open = g.open[:last]
		heap.Push(&g.kept, f)
		if len(g.kept) > foldersMost {
			heap.Pop(&g.kept)
		}
	}
}

// root ends the growing, and puts the folders that were kept into one another.
func (g *grower) root() *folder {
	root := g.open[0]
	g.leave(1)
	slices.SortFunc(g.kept, func(a, b *folder) int { return cmp.Compare(a.prefix, b.prefix) })
	path := []*folder{root}
	leaves := max(4, leavesMost/(len(g.kept)+1))
	budget := leavesMost
	for i, f := range g.kept {
		f.ID = i + 1
		for len(path) > 1 && !strings.HasPrefix(f.prefix, path[len(path)-1].prefix) {
			path = path[:len(path)-1]
		}
		parent := path[len(path)-1]
		parent.Folders = append(parent.Folders, f)
		path = append(path, f)
		f.Leaves = f.Leaves[:min(len(f.Leaves), max(leaves, min(leavesKept, budget/(len(g.kept)-i))))]
		budget -= len(f.Leaves)
	}
	for _, f := range append([]*folder{root}, g.kept...) {
		f.More = f.folders - int64(len(f.Folders))
		f.MorePages = f.Pages - f.Direct
		for _, c := range f.Folders {
			f.MorePages -= c.Pages
		}
	}
	return root
}

func (r *report) structure() error {
	g := grower{open: []*folder{{Name: "everything"}}}
	err := r.each("SELECT url, status, error_class, bytes, title, redirect IS NOT NULL, "+failed+" FROM pages ORDER BY url", func(rows *sql.Rows) error {
		var url, class, title string
		var status sql.NullInt64
		var bytes int64
		var moved bool
		var bad sql.NullBool
		if err := rows.Scan(&url, &status, null{&class}, &bytes, null{&title}, &moved, &bad); err != nil {
			return err
		}
		l := leaf{}
		if title != "" {
			l.Title = strings.Clone(look.Clean(title))
		}
		switch {
		case bad.Bool:
			l.Kind, l.Status = look.Bad, class
			if status.Valid {
				l.Status = fmt.Sprint(status.Int64)
			}
		case class != "":
			l.Kind, l.Status = look.Warn, cmp.Or(classNames[class], class)
		case moved:
			l.Status = fmt.Sprint(status.Int64) + " redirects"
		}
		g.add(url, l, bytes, bad.Bool)
		return nil
	})
	if err != nil {
		return err
	}
	if g.open[0].Pages == 0 {
		return nil
	}
	r.Tree = g.root()
	r.Map = mapOf(r.Tree)
	return nil
}
