// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The addresses of SOCKS5 (RFC 1928 section 5): a type, an address of the length that belongs to
 * this type, and a port.
 *
 * <pre>
 *  01 | 4 bytes IPv4           | port, 2 bytes
 *  03 | length, so many bytes  | port, 2 bytes
 *  04 | 16 bytes IPv6          | port, 2 bytes
 * </pre>
 */
final class SocksAddress {
    static final int IPV4 = 1;
    static final int NAME = 3;
    static final int IPV6 = 4;

    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;
    private static final int PORT_BYTES = 2;

    private SocksAddress() {}

    /** The type of an address is none of the three. */
    static final class UnknownTypeException extends IOException {
        private static final long serialVersionUID = 1;

        UnknownTypeException(int type) {
            super("address type " + type + " is not one of SOCKS5");
        }
    }

    /**
     * Reads an address from its type on.
     *
     * @throws UnknownTypeException if the type is none of the three
     * @throws IllegalArgumentException if a name has characters that no name has
     */
    static HostAndPort read(ClientInput in) throws IOException {
        int type = in.one();
        String host =
                switch (type) {
                    case IPV4 -> InetAddress.getByAddress(in.exactly(IPV4_BYTES)).getHostAddress();
                    case IPV6 -> v6(in.exactly(IPV6_BYTES));
                    case NAME -> name(in.exactly(in.one()));
                    default -> throw new UnknownTypeException(type);
                };
        byte[] port = in.exactly(PORT_BYTES);
        return new HostAndPort(host, (port[0] & 0xff) << 8 | port[1] & 0xff);
    }

    /** An IPv4-mapped address becomes IPv4, as the JDK and the kernel treat it. */
    private static String v6(byte[] address) throws UnknownHostException {
        return InetAddress.getByAddress(address).getHostAddress();
    }

    /** Clients also send addresses as names, some of them with brackets. */
    private static String name(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        boolean bracketed = text.startsWith("[") && text.endsWith("]");
        return bracketed ? text.substring(1, text.length() - 1) : text;
    }

    /**
     * The address at the beginning of a datagram.
     *
     * @param target where the datagram goes
     * @param end the index after the address
     */
    record InDatagram(HostAndPort target, int end) {}

    /** Returns null if the bytes are no address. */
    static InDatagram parse(byte[] bytes, int begin, int end) {
        if (begin >= end) {
            return null;
        }
        int hostBegin = bytes[begin] == NAME ? begin + 2 : begin + 1;
        int hostBytes =
                switch (bytes[begin]) {
                    case IPV4 -> IPV4_BYTES;
                    case IPV6 -> IPV6_BYTES;
                    case NAME -> begin + 1 < end ? bytes[begin + 1] & 0xff : 0;
                    default -> 0;
                };
        int portBegin = hostBegin + hostBytes;
        if (hostBytes == 0 || portBegin + PORT_BYTES > end) {
            return null;
        }
        byte[] hostCopy = Arrays.copyOfRange(bytes, hostBegin, portBegin);
        int port = (bytes[portBegin] & 0xff) << 8 | bytes[portBegin + 1] & 0xff;
        try {
            String host =
                    bytes[begin] == NAME
                            ? name(hostCopy)
                            : InetAddress.getByAddress(hostCopy).getHostAddress();
            return new InDatagram(new HostAndPort(host, port), portBegin + PORT_BYTES);
        } catch (UnknownHostException | IllegalArgumentException e) {
            return null;
        }
    }

    /** Returns how many bytes {@link #write} writes. */
    static int length(InetAddress address) {
        return 1 + (address instanceof Inet4Address ? IPV4_BYTES : IPV6_BYTES) + PORT_BYTES;
    }

    /** Writes an address from its type on. */
    static void write(InetSocketAddress address, byte[] to, int begin) {
        byte[] raw = address.getAddress().getAddress();
        to[begin] = (byte) (raw.length == IPV4_BYTES ? IPV4 : IPV6);
        System.arraycopy(raw, 0, to, begin + 1, raw.length);
        to[begin + 1 + raw.length] = (byte) (address.getPort() >>> 8);
        to[begin + 2 + raw.length] = (byte) address.getPort();
    }
}
