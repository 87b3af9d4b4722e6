// Package warc writes web archives in the format WARC 1.1 (ISO 28500:2017): what was asked of servers, and what they answered.
//
// Encode makes the records of an Exchange, which any number of goroutines may do at once; each record is a gzip member of its own, so
// that readers can go to one without reading the others. An Archive appends records to files: it begins a new one where the
// last is full, and can be taken back to a Mark. Whoever keeps the Mark with what he knows of the crawl, in one
// transaction, has both agree after any death:
//
//	a, err := warc.Create("example.warc.gz", warc.Options{})
//	...
//	err = a.Append(warc.Encode(&x, true).Records())
//	err = a.Sync()
//	mark := a.Position() // to be kept; then:
//	a.Keep()
//	...
//	a, err = warc.Resume("example.warc.gz", mark, warc.Options{})   // what came after mark is gone
package warc
