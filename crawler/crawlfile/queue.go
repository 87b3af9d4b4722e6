package crawlfile

import (
	"context"
	"database/sql"
	"hash/maphash"
	"unsafe"
)

// queue finds the row of a pending URL without an index in the file. An index on url would have each page's twenty new
// URLs dirty twenty random leaves, which cost more than all else in a commit together; a map of 64-bit hashes in
// memory costs some 30 bytes for each waiting URL, and rows are appended at one end and taken near the other.
//
// Hashes may collide: the row itself is asked whether it is the URL's, and who comes second to a hash is kept in full.
type queue struct {
	hash   func(string) uint64
	ids    map[uint64]int64
	second map[string]int64 // URLs whose hash belongs to another one that is pending
	// ahead are hashes of URLs whose page or better path came before the URL was revealed, which a collector that gathers
	// from several workers may see. Only these can be on record as pages when they are revealed.
	ahead map[uint64]struct{}
	next  int64    // id of the next row
	undo  []change // of the transaction that is open
}

// change is a step of a transaction that may have to be taken back: the row id of url was entered or removed.
type change struct {
	hash    uint64
	url     string // empty if the change is in ids
	id      int64
	removed bool
}

func newQueue() *queue {
	seed := maphash.MakeSeed()
	return &queue{
		hash: func(s string) uint64 { return maphash.String(seed, s) },
		ids:  make(map[uint64]int64), second: make(map[string]int64), ahead: make(map[uint64]struct{}), next: 1,
	}
}

// load enters the rows of the file.
func (q *queue) load(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "SELECT id, url FROM pending ORDER BY id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var url string
		if err := rows.Scan(&id, &url); err != nil {
			return err
		}
		q.next = id
		q.enter(url, q.hash(url))
	}
	q.done()
	return rows.Err()
}

// enter gives a URL that is not pending the next id.
func (q *queue) enter(url string, h uint64) int64 {
	id := q.next
	q.next++
	if _, taken := q.ids[h]; taken {
		q.second[url] = id
		q.undo = append(q.undo, change{hash: h, url: url, id: id})
	} else {
		q.ids[h] = id
		q.undo = append(q.undo, change{hash: h, id: id})
	}
	return id
}

// candidate is the row that may be the URL's; the row must be asked. A URL in second is certain.
func (q *queue) candidate(url string, h uint64) (id int64, ok bool) {
	if len(q.second) > 0 {
		if id, ok := q.second[url]; ok {
			return id, true
		}
	}
	id, ok = q.ids[h]
	return id, ok
}

// leave removes a URL whose row was id.
func (q *queue) leave(url string, h uint64, id int64) {
	if q.ids[h] == id {
		delete(q.ids, h)
		q.undo = append(q.undo, change{hash: h, id: id, removed: true})
	} else {
		delete(q.second, url)
		q.undo = append(q.undo, change{hash: h, url: url, id: id, removed: true})
	}
}

// done makes the changes of a transaction final.
func (q *queue) done() {
	if q.undo = q.undo[:0]; cap(q.undo) > maxKept/int(unsafe.Sizeof(change{})) {
		q.undo = nil
	}
}

// rollback takes them back, the last one first. Ids that were given are not given again.
func (q *queue) rollback() {
	for i := len(q.undo) - 1; i >= 0; i-- {
		switch c := q.undo[i]; {
		case c.url == "" && c.removed:
			q.ids[c.hash] = c.id
		case c.url == "":
			delete(q.ids, c.hash)
		case c.removed:
			q.second[c.url] = c.id
		default:
			delete(q.second, c.url)
		}
	}
	q.done()
}
