// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * Where a peer's datagrams come from and go to: its address and port, and, once a datagram of its
 * arrived, the local address it was sent to, so that answers leave from there (the "sticky" source
 * address). Immutable.
 *
 * <p>An address is two longs: IPv6 in network order; IPv4 in the low 32 bits of the second, the
 * first being zero.
 *
 * @param ipv6 whether the addresses are of IPv6
 * @param port 0 to 65535
 * @param scopeId index of the interface that a link-local IPv6 address belongs to, else 0
 * @param sourceHigh local address, all zero where the system shall choose
 * @param sourceInterface index of the interface the last datagram came in by, 0 where the system
 *     shall choose
 */
public record Endpoint(
        boolean ipv6,
        long high,
        long low,
        int port,
        int scopeId,
        long sourceHigh,
        long sourceLow,
        int sourceInterface) {

    /**
     * An endpoint as configured, without a source address. An IPv4-mapped IPv6 address becomes
     * IPv4.
     */
    public static Endpoint of(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        if (ip == null) {
            throw new IllegalArgumentException("endpoint must be a numeric address");
        }
        ByteBuffer bytes = ByteBuffer.wrap(ip.getAddress());
        return ip instanceof Inet6Address v6
                ? new Endpoint(
                        true,
                        bytes.getLong(),
                        bytes.getLong(),
                        address.getPort(),
                        v6.getScopeId(),
                        0,
                        0,
                        0)
                : new Endpoint(
                        false, 0, bytes.getInt() & 0xffff_ffffL, address.getPort(), 0, 0, 0, 0);
    }

    /** The remote address and port for the JDK's API. */
    public InetSocketAddress toSocketAddress() {
        byte[] bytes = addressBytes();
        try {
            InetAddress ip =
                    ipv6
                            ? Inet6Address.getByAddress(null, bytes, scopeId)
                            : Inet4Address.getByAddress(bytes);
            return new InetSocketAddress(ip, port);
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // of 4 and 16 bytes there is always an address
        }
    }

    /** Whether a local address is remembered that datagrams should leave from. */
    public boolean hasSource() {
        return (sourceHigh | sourceLow) != 0;
    }

    /** The same endpoint, leaving the source address to the system. */
    public Endpoint withoutSource() {
        return hasSource() || sourceInterface != 0
                ? new Endpoint(ipv6, high, low, port, scopeId, 0, 0, 0)
                : this;
    }

    /** Whether both are the same remote address and port, wherever datagrams leave from. */
    public boolean sameRemote(Endpoint other) {
        return other != null
                && high == other.high
                && low == other.low
                && port == other.port
                && ipv6 == other.ipv6
                && scopeId == other.scopeId;
    }

    /**
     * Returns the remote address and port in network order, as a cookie covers them (whitepaper
     * 5.4.7).
     *
     * @return a new array: 4 or 16 bytes of address, then 2 of port
     */
    public byte[] addressAndPort() {
        byte[] address = addressBytes();
        return ByteBuffer.allocate(address.length + 2).put(address).putShort((short) port).array();
    }

    private byte[] addressBytes() {
        return ipv6
                ? ByteBuffer.allocate(16).putLong(high).putLong(low).array()
                : ByteBuffer.allocate(4).putInt((int) low).array();
    }

    /**
     * {@code 192.0.2.1:51820} or {@code [2001:db8::1]:51820}; a scope as the number of its
     * interface.
     */
    @Override
    public String toString() {
        String address = IpText.format(ipv6, high, low);
        if (!ipv6) {
            return address + ":" + port;
        }
        return "[" + address + (scopeId == 0 ? "" : "%" + scopeId) + "]:" + port;
    }
}
