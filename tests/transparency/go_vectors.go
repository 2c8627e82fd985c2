// Writes go_vectors.json: trees, proofs and signed notes as the Go project's own packages make them, for test_go_vectors.py.
// With Debian's golang-go and golang-golang-x-mod-dev:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run tests/transparency/go_vectors.go > tests/transparency/go_vectors.json
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const size = 21

type inclusion struct {
	Index, Size int64
	Path        []tlog.Hash
}

type consistency struct {
	Old, New int64
	Path     []tlog.Hash
}

// fixed is no randomness, so that the file is the same each time.
type fixed byte

func (f fixed) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(f)
	}
	return len(p), nil
}

// cosigner signs as c2sp.org/tlog-cosignature says; the note around it is the package's.
type cosigner struct {
	name string
	key  ed25519.PrivateKey
}

func (c cosigner) Name() string { return c.name }

func (c cosigner) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(c.name+"\n\x04"), c.key.Public().(ed25519.PublicKey)...))
	return binary.BigEndian.Uint32(sum[:])
}

func (c cosigner) Sign(text []byte) ([]byte, error) {
	at := uint64(1763800000)
	signed := ed25519.Sign(c.key, append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", at)), text...))
	return append(binary.BigEndian.AppendUint64(nil, at), signed...), nil
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(at []int64) (found []tlog.Hash, _ error) {
		for _, i := range at {
			found = append(found, stored[i])
		}
		return found, nil
	})
	var entries [][]byte
	var roots []tlog.Hash
	var inclusions []inclusion
	var consistencies []consistency
	for n := int64(0); n < size; n++ {
		entry := sha256.Sum256([]byte(fmt.Sprint("entry ", n)))
		entries = append(entries, entry[:])
		hashes, err := tlog.StoredHashes(n, entry[:], read)
		must(err)
		stored = append(stored, hashes...)
		root, err := tlog.TreeHash(n+1, read)
		must(err)
		roots = append(roots, root)
		for i := int64(0); i <= n; i += 4 {
			path, err := tlog.ProveRecord(n+1, i, read)
			must(err)
			inclusions = append(inclusions, inclusion{i, n + 1, path})
		}
		for old := int64(1); old <= n+1; old += 3 {
			path, err := tlog.ProveTree(n+1, old, read)
			must(err)
			consistencies = append(consistencies, consistency{old, n + 1, path})
		}
	}
	skey, vkey, err := note.GenerateKey(fixed(7), "go.example/log")
	must(err)
	signer, err := note.NewSigner(skey)
	must(err)
	_, key, _ := ed25519.GenerateKey(fixed(9))
	witness := cosigner{"go.example/witness", key}
	text := fmt.Sprintf("go.example/log\n%d\n%s\n", size, base64.StdEncoding.EncodeToString(roots[size-1][:]))
	signed, err := note.Sign(&note.Note{Text: text}, signer, witness)
	must(err)
	public := append([]byte{4}, key.Public().(ed25519.PublicKey)...)
	wkey := strings.Join([]string{witness.name, fmt.Sprintf("%08x", witness.KeyHash()), base64.StdEncoding.EncodeToString(public)}, "+")
	out := json.NewEncoder(os.Stdout)
	must(out.Encode(map[string]any{
		"entries": entries, "roots": roots, "inclusions": inclusions, "consistencies": consistencies,
		"log": vkey, "witness": wkey, "note": string(signed),
	}))
}
