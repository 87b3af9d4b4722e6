// Package diff tells what has become of a site between two crawls of it: for the person who changed the site, for programs, and for continuous
// integration.
//
// It reads two crawl files, whichever way the crawls ended, also while one runs, and writes to neither. A comparison goes like this. [Open] opens
// both, each in one state, and finds which URLs have other records in the two, which are in one alone and why, which contents are at another URL
// now, and which links fail. [Comparison.Differences] then tells of it, one [Difference] after the other, in the same order each time; [Write]
// makes a text, JSON or a web page of them.
//
// What cannot be known is not told as a difference. A page that one crawl has and the other does not is new or gone only if the other crawl came to
// its end, and nothing speaks for the page having been there all the same: it links to it but did not ask (for it is too deep, or out of scope), or
// what led to the page could not be read. Otherwise the page is unreached or unseen. A link is newly broken only if the older crawl tells that what it names was
// there, or that the link was not. So two crawls of a site that did not change differ in nothing, however fast or with how many workers they went.
//
// Times, depths, referrers, and how servers were dealt with are not compared.
//
// Everything streams: memory does not grow with the crawls. What must be sorted lies in temporary files of SQLite.
package diff
