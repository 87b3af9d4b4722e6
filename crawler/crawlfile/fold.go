package crawlfile

// folder folds SQLite's log into the file while the crawl goes on writing. SQLite's own way, by the connection that writes, makes the crawl
// wait until the disk has everything: 50 to 100 ms for every 32 MiB on the disk of a small cloud machine, a second on a slow one.
//
// One turn goes like this. When the log is long enough, a connection of its own folds in what is there, on a goroutine, while commits go on behind
// it. So there is a rest; as soon as it is small the writer folds it in, and the log begins anew with the next commit. A reader that is in
// the middle of the log keeps it from being folded in further than that, and from beginning anew: then it grows, and is tried less often.
//
// A fold that fails loses nothing, and is no commit's failure: what it could not write is in the log, and a disk that is full says so when the log
// grows.
type folder struct {
	path  string
	sizes foldSizes
	log   *stmt         // asks how long the log is
	side  *conn         // for the goroutine; nil before its first fold
	done  chan struct{} // closed when the fold under way is; nil if there is none

	tried      bool  // since the log began
	at, folded int64 // how long it was then, and how much of it was folded in before
	tries      int
}

// foldSizes are numbers of database pages.
type foldSizes struct {
	from int64 // a log as long as this is folded in
	rest int64 // a rest shorter than this the writer folds in
	step int64 // after a fold that came no further, the log must grow by so much before the next
	most int64 // with a log as long as this, commits wait for the fold
}

var usualSizes = foldSizes{from: 4000, rest: 256, step: 1000, most: 32000} // of 8 KiB: 32, 2, 8 and 256 MiB

const (
	// The answer is a row: whether it was kept from it, the length of the log, and how much of that is folded in.
	askLog  = "PRAGMA wal_checkpoint(NOOP)"
	foldLog = "PRAGMA wal_checkpoint(PASSIVE)" // waits for nobody
)

// committed is called by the writer after each commit.
func (f *folder) committed(w *writer) {
	row, ok, err := f.log.first()
	if err != nil || !ok {
		return
	}
	size, folded := row[1].(int64), row[2].(int64)
	if f.done != nil {
		select {
		case <-f.done:
			f.done = nil
		default:
			if size < f.sizes.most {
				return
			}
			f.wait()
		}
	}
	if size < f.sizes.from {
		f.tried = false
		return
	}
	if f.tried && folded == f.folded && size < f.at+f.sizes.step {
		return
	}
	f.tried, f.at, f.folded = true, size, folded
	f.tries++
	if size-folded < f.sizes.rest || size >= f.sizes.most {
		_ = w.c.exec(foldLog)
		return
	}
	f.done = make(chan struct{})
	go f.fold(f.done)
}

// fold is one fold by the connection on the side.
func (f *folder) fold(done chan<- struct{}) {
	defer close(done)
	if f.side == nil {
		c, err := openConn(f.path)
		if err != nil {
			return
		}
		f.side = c
	}
	_ = f.side.exec(foldLog)
}

func (f *folder) wait() {
	if f.done != nil {
		<-f.done
		f.done = nil
	}
}

// close waits for the fold under way, and closes the connection on the side.
func (f *folder) close() error {
	f.wait()
	if f.side == nil {
		return nil
	}
	err := f.side.close()
	f.side = nil
	return err
}
