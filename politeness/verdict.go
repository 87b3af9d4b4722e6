package politeness

// Verdict is what robots.txt says of one URL, and why. Its strings are safe to print: one line each, without control
// characters, bounded in length.
type Verdict struct {
	// Allowed reports whether the URL may be asked for.
	Allowed bool
	// Line is the line of robots.txt that decided, counted from 1; 0 if none did.
	Line int
	// Rule is that line as written, without its comment and with what cannot be printed replaced: "Disallow: /x*".
	// Empty if no line decided.
	Rule string
	// Group names the rules that were asked: the product token, "*", or empty if the file has neither, or was not read.
	Group string
	// Reason says why in one line for a person: `line 12 "Disallow: /private" (group *)`.
	Reason string
}
