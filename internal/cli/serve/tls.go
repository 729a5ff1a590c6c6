package serve

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/authority"
	"github.com/ringback-dev/ringback/internal/cli"
)

// A trusted CA is one whose certificate is in a file that applications trust.
type trusted struct {
	*authority.Authority
	temporary string // the file, if it goes with the server
}

// Close removes the file of a CA that lives as long as the process.
func (t *trusted) Close() {
	if t != nil && t.temporary != "" {
		_ = os.Remove(t.temporary) // it is in the directory of temporary files
	}
}

// authority makes the CA of --tls and --proxy, or opens that of --ca-dir, and prints which file
// applications are to trust; nil if nothing needs one.
func (o *Options) authority(listener net.Listener) (*trusted, error) {
	if !o.tls && o.proxy == "" {
		if o.caDir != "" {
			return nil, errors.New("serve: --ca-dir has no effect without --tls or --proxy; add one of them")
		}
		return nil, nil
	}
	catalog, err := o.Catalog()
	if err != nil {
		return nil, err
	}
	names := authority.Names{Hosts: catalog.Hosts(), Own: []string{"localhost", "ringback"}, IPs: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()}}
	if host, _, err := net.SplitHostPort(o.listen); err == nil && host != "" {
		if _, failed := netip.ParseAddr(host); failed != nil {
			names.Own = append(names.Own, strings.ToLower(host))
		}
	}
	if at, err := netip.ParseAddrPort(listener.Addr().String()); err == nil {
		if ip := at.Addr().Unmap().WithZone(""); !ip.IsUnspecified() && !slices.Contains(names.IPs, ip) {
			names.IPs = append(names.IPs, ip)
		}
	}
	slices.Sort(names.Own)
	names.Own = slices.Compact(names.Own)
	if o.caDir != "" {
		return o.openAuthority(names)
	}
	a, err := authority.New(names)
	if err != nil {
		return nil, cli.Exit(cli.ExitEnvironment, err)
	}
	file, err := os.CreateTemp("", "ringback-ca-*.pem")
	if err != nil {
		return nil, cli.Exit(cli.ExitEnvironment, fmt.Errorf("write the CA: %w", cli.Cause(err)))
	}
	t := &trusted{a, file.Name()}
	_, err = file.Write(a.PEM())
	if err = errors.Join(err, file.Close()); err != nil {
		t.Close()
		return nil, cli.Exit(cli.ExitEnvironment, fmt.Errorf("write the CA: %w", err))
	}
	fmt.Fprintf(o.Err, "trust the CA in %s\n", file.Name())
	return t, nil
}

// openAuthority opens the CA of --ca-dir, and says if it is a new one.
func (o *Options) openAuthority(names authority.Names) (*trusted, error) {
	a, made, err := authority.Open(o.caDir, names)
	if err != nil {
		return nil, cli.Exit(cli.ExitEnvironment, err)
	}
	if made != "" {
		fmt.Fprintf(o.Err, "made a new CA, because %s; applications must trust it again\n", made)
	}
	fmt.Fprintf(o.Err, "trust the CA in %s\n", filepath.Join(o.caDir, authority.CAFile))
	return &trusted{Authority: a}, nil
}
