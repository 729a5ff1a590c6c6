package authority

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// CAFile is the certificate that applications trust, in the directory of [Open].
	CAFile = "ca.pem"
	// privateFolder, only for its owner, has a file for each generation of the CA: the key and the two
	// certificates in one file, so that they can't be of different generations.
	privateFolder = "private"

	certificateBlock = "CERTIFICATE"
	keyBlock         = "PRIVATE KEY"
	// maxFile bounds the file of a generation; one for 1,000 names takes 100 KiB.
	maxFile = 1 << 20
	// maxTries bounds how often Open starts again because another process was first.
	maxTries = 5
)

// Open returns the Authority in a directory. It makes a new one if there is none, if the one there
// doesn't allow all names, or if it ends soon. Then made is the reason; else it is "". Of several
// processes that make one at the same time, all get the same.
//
// A key that others can read is an error. So is a file that can't be read: Open replaces nothing that
// it doesn't know.
func Open(dir string, names Names) (a *Authority, made string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, "", fmt.Errorf("open the CA: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, "", fmt.Errorf("open the CA: %w", err)
	}
	defer func() { _ = root.Close() }() // it is only read from
	s := store{root, dir}
	if a, made, err = s.load(names); err != nil {
		return nil, "", err
	}
	if err := s.publish(a.PEM()); err != nil {
		return nil, "", err
	}
	return a, made, a.use(names)
}

// A store is the directory of an Authority.
type store struct {
	root *os.Root
	dir  string
}

// load returns the newest generation, if it is usable, or else makes the next.
func (s store) load(names Names) (a *Authority, made string, err error) {
	if err := s.private(); err != nil {
		return nil, "", err
	}
	for range maxTries {
		generations, err := s.generations()
		if err != nil {
			return nil, "", err
		}
		newest, why := 0, "there was none"
		if len(generations) > 0 {
			newest = generations[len(generations)-1]
			a, err := s.read(newest)
			if errors.Is(err, fs.ErrNotExist) { // another process has made the next
				continue
			}
			if err != nil {
				return nil, "", err
			}
			if why = a.unusable(names); why == "" {
				return a, made, nil
			}
		}
		switch err := s.create(newest+1, names); {
		case err == nil: // it is read like that of another process
			made = why
			for _, old := range generations {
				_ = s.root.Remove(fileOf(old)) // another process may have removed it
			}
		case !errors.Is(err, fs.ErrExist):
			return nil, "", err
		}
	}
	return nil, "", fmt.Errorf("open the CA: other processes change %s all the time; use a directory of its own", s.dir)
}

// unusable is why an Authority can't serve names, or not for long; "" if it can.
func (a *Authority) unusable(names Names) string {
	if name := a.missing(names); name != "" {
		return "the one before was not for " + name
	}
	if time.Until(a.issuer.NotAfter) < renewal {
		return "the one before ends on " + a.issuer.NotAfter.UTC().Format(time.DateOnly)
	}
	return ""
}

// private makes the folder of the keys, and checks who may read it.
func (s store) private() error {
	if err := s.root.Mkdir(privateFolder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("open the CA: %w", err)
	}
	info, err := s.root.Lstat(privateFolder)
	if err != nil {
		return fmt.Errorf("open the CA: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("open the CA: %s is not a directory; remove it", filepath.Join(s.dir, privateFolder))
	}
	return s.onlyOurs(privateFolder, info, "700")
}

// onlyOurs rejects what others can read or change.
func (s store) onlyOurs(name string, info fs.FileInfo, mode string) error {
	if runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 { // Windows has no such bits
		return nil
	}
	name = filepath.Join(s.dir, name)
	return fmt.Errorf("open the CA: %s has the mode %04o, so others can use its key; remove %s to get a new CA, or, if no one else has seen the key, run: chmod %s %s",
		name, info.Mode().Perm(), s.dir, mode, name)
}

func fileOf(generation int) string {
	return privateFolder + "/ca-" + strconv.Itoa(generation) + ".pem"
}

// generations are the numbers of those there are, in their order.
func (s store) generations() ([]int, error) {
	folder, err := s.root.Open(privateFolder)
	if err != nil {
		return nil, fmt.Errorf("open the CA: %w", err)
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("open the CA: %w", err)
	}
	var all []int
	for _, name := range names {
		if n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(name, "ca-"), ".pem")); err == nil && privateFolder+"/"+name == fileOf(n) {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all, nil
}

// read reads a generation.
func (s store) read(generation int) (*Authority, error) {
	name := fileOf(generation)
	file, err := s.root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open the CA: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("open the CA: %w", err)
	}
	if err := s.onlyOurs(name, info, "600"); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the CA: %w", err)
	}
	a, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("read the CA in %s: %w; remove %s to get a new one", filepath.Join(s.dir, name), err, s.dir)
	}
	return a, nil
}

// parse reads the key of the issuer, its certificate and that of the root.
func parse(text []byte) (*Authority, error) {
	key, text, keyErr := block(text, keyBlock, func(der []byte) (*ecdsa.PrivateKey, error) {
		parsed, err := x509.ParsePKCS8PrivateKey(der)
		key, ok := parsed.(*ecdsa.PrivateKey)
		if err == nil && !ok {
			err = errors.New("the key is not an ECDSA key")
		}
		return key, err
	})
	issuer, text, issuerErr := block(text, certificateBlock, x509.ParseCertificate)
	root, _, rootErr := block(text, certificateBlock, x509.ParseCertificate)
	if err := cmp.Or(keyErr, issuerErr, rootErr); err != nil {
		return nil, err
	}
	if !key.PublicKey.Equal(issuer.PublicKey) {
		return nil, errors.New("the key is not that of the certificate")
	}
	if err := issuer.CheckSignatureFrom(root); err != nil {
		return nil, err
	}
	return &Authority{root: root, issuer: issuer, issuerKey: key}, nil
}

// block reads the next PEM block, and returns the text that follows it.
func block[T any](text []byte, kind string, parse func(der []byte) (T, error)) (one T, rest []byte, err error) {
	b, rest := pem.Decode(text)
	if b == nil || b.Type != kind {
		return one, nil, fmt.Errorf("it has no %s where one is expected", strings.ToLower(kind))
	}
	one, err = parse(b.Bytes)
	return one, rest, err
}

// create makes a generation. It is an fs.ErrExist if another process has made it; the file is
// complete from the moment that it has its name.
func (s store) create(generation int, names Names) error {
	a, err := generate(names)
	if err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(a.issuerKey)
	if err != nil {
		return fmt.Errorf("make the CA: %w", err)
	}
	text := slices.Concat(pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: key}),
		pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: a.issuer.Raw}), a.PEM())
	temporary := privateFolder + "/new-" + rand.Text()
	defer func() { _ = s.root.Remove(temporary) }() // nothing depends on it
	if err := s.write(temporary, text, 0o600); err != nil {
		return err
	}
	if err := s.root.Link(temporary, fileOf(generation)); err != nil { // unlike a rename, it replaces nothing
		return fmt.Errorf("make the CA: %w", err)
	}
	return nil
}

// publish writes the certificate that applications trust, unless it is there.
func (s store) publish(certificate []byte) error {
	if known, err := s.root.ReadFile(CAFile); err == nil && bytes.Equal(known, certificate) {
		return nil
	}
	temporary := "new-" + rand.Text()
	if err := s.write(temporary, certificate, 0o644); err != nil {
		return err
	}
	if err := s.root.Rename(temporary, CAFile); err != nil {
		return errors.Join(fmt.Errorf("write the CA: %w", err), s.root.Remove(temporary))
	}
	return nil
}

// write writes a file that doesn't exist, down to the disk.
func (s store) write(name string, text []byte, mode fs.FileMode) error {
	file, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("write the CA: %w", err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write the CA: %w", errors.Join(err, s.root.Remove(name)))
	}
	return nil
}
