package canon

import (
	"crypto/rand"
	"encoding/binary"

	"github.com/zeebo/xxh3"
)

// Key is the 128-bit fingerprint of a canonical URL, made with a Seed. Keys of different seeds have nothing to do with
// each other. With n URLs the chance that any two share a key is about n²/2¹²⁹: nil for any crawl.
type Key [2]uint64

// Seed makes the keys of one crawl. It is random and must stay secret, and so must the keys: XXH3 is no cryptographic
// hash, and only who knows neither cannot prepare links that collide. It may be stored as the integer that it is, and a
// resumed crawl must go on with the same one. The zero value works, but is no secret.
type Seed uint64

// NewSeed is a random seed from the operating system.
func NewSeed() Seed {
	var b [8]byte
	rand.Read(b[:]) // never fails: the runtime ends the program rather than give no randomness
	return Seed(binary.LittleEndian.Uint64(b[:]))
}

// Key is the fingerprint of u (XXH3, 128 bits).
func (s Seed) Key(u URL) Key {
	h := xxh3.HashString128Seed(u.s, uint64(s))
	return Key{h.Hi, h.Lo}
}
