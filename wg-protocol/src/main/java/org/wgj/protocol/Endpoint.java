// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * The address and port of a peer, and the local address to send from: the one that the peer's last
 * datagram was sent to (the "sticky" source address).
 *
 * <p>An address is two longs: an IPv6 address in network order, or an IPv4 address in the low 32
 * bits of the second.
 *
 * @param ipv6 true if both addresses are IPv6, false if both are IPv4
 * @param high the first 64 bits of the peer's IPv6 address; 0 for IPv4
 * @param low the last 64 bits of the peer's IPv6 address, or its IPv4 address
 * @param port the peer's port, 0 to 65,535
 * @param scopeId the index of the interface that a link-local IPv6 address belongs to; otherwise 0
 * @param sourceHigh the first 64 bits of the local address; both halves are 0 if the system chooses
 * @param sourceLow the last 64 bits of the local address
 * @param sourceInterface the index of the interface that the last datagram arrived on; 0 if the
 *     system chooses
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
     * Returns an endpoint without a local address. The JDK has already turned an IPv4-mapped IPv6
     * address into an IPv4 address.
     *
     * @param address the peer's numeric address and port
     * @return the endpoint
     * @throws IllegalArgumentException if the address is a name that was not resolved
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

    /**
     * Returns the peer's address and port for the JDK's API.
     *
     * @return the address and port, with the scope of a link-local address
     */
    public InetSocketAddress toSocketAddress() {
        byte[] bytes = addressBytes();
        try {
            InetAddress ip =
                    ipv6
                            ? Inet6Address.getByAddress(null, bytes, scopeId)
                            : Inet4Address.getByAddress(bytes);
            return new InetSocketAddress(ip, port);
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // 4 and 16 bytes always are an address
        }
    }

    /**
     * Returns whether datagrams must leave from a certain local address.
     *
     * @return false if the system chooses
     */
    public boolean hasSource() {
        return (sourceHigh | sourceLow) != 0;
    }

    /**
     * Returns the same endpoint without a local address, so that the system chooses.
     *
     * @return this endpoint if it has none already
     */
    public Endpoint withoutSource() {
        return hasSource() || sourceInterface != 0
                ? new Endpoint(ipv6, high, low, port, scopeId, 0, 0, 0)
                : this;
    }

    /**
     * Compares the peer's address and port only.
     *
     * @param other another endpoint, or null
     * @return whether both have the same address, scope and port of the peer
     */
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
     * Formats the peer's address and port: {@code 192.0.2.1:51820} or {@code [2001:db8::1]:51820}.
     * A scope is the index of its interface.
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
