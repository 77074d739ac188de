// SPDX-License-Identifier: Apache-2.0

// Command netstack_peer is the peer that bin/netstack-bench measures beside: wireguard-go joined to gVisor's TCP/IP stack
// in one process, one packet a call, as programs without root do it in Go. It speaks the measuring protocol of
// org.wgj.benchmarks.netstack.NetstackPeer:
//
//	netstack_peer ADDRESS MTU serve                      (the device's configuration on standard input, in UAPI's form)
//	netstack_peer ADDRESS MTU stream|pingpong|connect|connect8 SERVER SECONDS
//
// It prints one number: bits a second, microseconds (median) or connections a second.
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"net/netip"
	"os"
	"sort"
	"strconv"
	"time"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun"
	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

const port = 5201

// stackTun is the TUN whose other side is gVisor's stack.
type stackTun struct {
	link   *channel.Endpoint
	mtu    int
	events chan tun.Event
	ctx    context.Context
	cancel context.CancelFunc
}

func (t *stackTun) File() *os.File           { return nil }
func (t *stackTun) Name() (string, error)    { return "gvisor", nil }
func (t *stackTun) MTU() (int, error)        { return t.mtu, nil }
func (t *stackTun) Events() <-chan tun.Event { return t.events }
func (t *stackTun) BatchSize() int           { return 1 }
func (t *stackTun) Close() error             { t.cancel(); return nil }

func (t *stackTun) Read(bufs [][]byte, sizes []int, offset int) (int, error) {
	packet := t.link.ReadContext(t.ctx)
	if packet == nil {
		return 0, os.ErrClosed
	}
	defer packet.DecRef()
	at := offset
	for _, part := range packet.AsSlices() {
		at += copy(bufs[0][at:], part)
	}
	sizes[0] = at - offset
	return 1, nil
}

func (t *stackTun) Write(bufs [][]byte, offset int) (int, error) {
	for _, buf := range bufs {
		packet := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(buf[offset:])})
		t.link.InjectInbound(header.IPv4ProtocolNumber, packet)
		packet.DecRef()
	}
	return len(bufs), nil
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func open(address netip.Addr, mtu int) *stack.Stack {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
		HandleLocal:        true,
	})
	sack := tcpip.TCPSACKEnabled(true)
	if e := s.SetTransportProtocolOption(tcp.ProtocolNumber, &sack); e != nil {
		log.Fatal(e)
	}
	ctx, cancel := context.WithCancel(context.Background())
	link := &stackTun{channel.New(1024, uint32(mtu), ""), mtu, make(chan tun.Event, 4), ctx, cancel}
	if e := s.CreateNIC(1, link.link); e != nil {
		log.Fatal(e)
	}
	local := tcpip.ProtocolAddress{
		Protocol:          ipv4.ProtocolNumber,
		AddressWithPrefix: tcpip.AddrFromSlice(address.AsSlice()).WithPrefix(),
	}
	if e := s.AddProtocolAddress(1, local, stack.AddressProperties{}); e != nil {
		log.Fatal(e)
	}
	s.AddRoute(tcpip.Route{Destination: header.IPv4EmptySubnet, NIC: 1})

	configuration, err := io.ReadAll(os.Stdin)
	check(err)
	d := device.NewDevice(link, conn.NewDefaultBind(), device.NewLogger(device.LogLevelError, ""))
	check(d.IpcSet(string(configuration)))
	check(d.Up())
	return s
}

// serve answers each connection as its first byte asks: S counts what comes, E echoes.
func serve(s *stack.Stack, address netip.Addr) {
	listener, err := gonet.ListenTCP(s, full(address), ipv4.ProtocolNumber)
	check(err)
	fmt.Println("ready")
	for {
		c, err := listener.Accept()
		check(err)
		go func() {
			defer c.Close()
			kind := make([]byte, 1)
			if _, err := io.ReadFull(c, kind); err != nil {
				return
			}
			if kind[0] == 'S' {
				count := int64(0)
				buf := make([]byte, 128*1024)
				for {
					n, err := c.Read(buf)
					count += int64(n)
					if err != nil {
						break
					}
				}
				binary.Write(c, binary.BigEndian, count)
			} else {
				io.Copy(c, c)
			}
		}()
	}
}

func full(address netip.Addr) tcpip.FullAddress {
	return tcpip.FullAddress{NIC: 1, Addr: tcpip.AddrFromSlice(address.AsSlice()), Port: port}
}

func dial(s *stack.Stack, server netip.Addr) *gonet.TCPConn {
	c, err := gonet.DialTCP(s, full(server), ipv4.ProtocolNumber)
	check(err)
	return c
}

func stream(s *stack.Stack, server netip.Addr, duration time.Duration) float64 {
	c := dial(s, server)
	c.Write([]byte{'S'})
	buf := make([]byte, 128*1024)
	start := time.Now()
	for time.Since(start) < duration {
		_, err := c.Write(buf)
		check(err)
	}
	c.CloseWrite()
	var count int64
	check(binary.Read(c, binary.BigEndian, &count))
	return float64(count) * 8 / time.Since(start).Seconds()
}

func pingPong(s *stack.Stack, server netip.Addr, duration time.Duration) float64 {
	c := dial(s, server)
	var net net.Conn = c
	one := []byte{'E'}
	net.Write(one)
	var times []float64
	start := time.Now()
	for time.Since(start) < duration {
		sent := time.Now()
		net.Write(one)
		_, err := io.ReadFull(net, one)
		check(err)
		times = append(times, float64(time.Since(sent).Nanoseconds())/1000)
	}
	sort.Float64s(times)
	return times[len(times)/2]
}

func connect(s *stack.Stack, server netip.Addr, duration time.Duration) float64 {
	start := time.Now()
	count := 0
	for ; time.Since(start) < duration; count++ {
		c := dial(s, server)
		c.Write([]byte{'E', 'x'})
		_, err := io.ReadFull(c, make([]byte, 1))
		check(err)
		c.Close()
	}
	return float64(count) / time.Since(start).Seconds()
}

// connectTogether connects in several goroutines at once and returns the sum.
func connectTogether(s *stack.Stack, server netip.Addr, duration time.Duration) float64 {
	const connectors = 8
	rates := make(chan float64)
	for range connectors {
		go func() { rates <- connect(s, server, duration) }()
	}
	sum := 0.0
	for range connectors {
		sum += <-rates
	}
	return sum
}

func main() {
	address := netip.MustParseAddr(os.Args[1])
	mtu, err := strconv.Atoi(os.Args[2])
	check(err)
	s := open(address, mtu)
	if os.Args[3] == "serve" {
		serve(s, address)
		return
	}
	server := netip.MustParseAddr(os.Args[4])
	seconds, err := strconv.ParseFloat(os.Args[5], 64)
	check(err)
	measure := map[string]func(*stack.Stack, netip.Addr, time.Duration) float64{
		"stream": stream, "pingpong": pingPong, "connect": connect, "connect8": connectTogether,
	}[os.Args[3]]
	fmt.Printf("%.1f\n", measure(s, server, time.Duration(seconds*float64(time.Second))))
}
