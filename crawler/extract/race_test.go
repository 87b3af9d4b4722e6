//go:build race

package extract

// underRace tells that the tests run ten times as slowly. Nothing in this package is done by two goroutines at once but the taking and giving
// back of scanners, so that fewer pages than the others are read prove the same.
const underRace = true
