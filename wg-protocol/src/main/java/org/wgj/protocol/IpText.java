// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * IP addresses as text, read and written as {@code inet_pton} and {@code inet_ntop} do: IPv4 as
 * four decimal numbers without leading zeros; IPv6 read as in RFC 4291 2.2 and written as in RFC
 * 5952. Never looks up a name.
 *
 * <p>An address is two longs: an IPv6 address in network order, or an IPv4 address in the low 32
 * bits of the second.
 */
public final class IpText {
    private IpText() {}

    /** Returns the value of a dotted quad; -1 if the text is not one. */
    static long parseIpv4(String text) {
        long value = 0;
        int at = 0;
        for (int i = 0; i < 4; i++) {
            if (i > 0 && (at == text.length() || text.charAt(at++) != '.')) {
                return -1;
            }
            int begin = at;
            int octet = 0;
            while (at < text.length() && isDigit(text.charAt(at)) && at - begin < 3) {
                octet = octet * 10 + text.charAt(at++) - '0';
            }
            boolean leadingZero = at - begin > 1 && text.charAt(begin) == '0';
            if (at == begin || octet > 255 || leadingZero) {
                return -1;
            }
            value = value << 8 | octet;
        }
        return at == text.length() ? value : -1;
    }

    /** Returns the two halves of an IPv6 address; null if the text is not one. */
    static long[] parseIpv6(String text) {
        int[] groups = new int[8];
        int count = 0;
        int gap = -1; // how many groups come before "::"
        int at = 0;
        if (text.startsWith("::")) {
            gap = 0;
            at = 2;
        }
        while (at < text.length()) {
            if (count == 8) {
                return null;
            }
            int end = at;
            int group = 0;
            while (end < text.length()
                    && end - at < 4
                    && Character.digit(text.charAt(end), 16) >= 0) {
                if (text.charAt(end) > 'f') {
                    return null; // a digit of another script
                }
                group = group << 4 | Character.digit(text.charAt(end++), 16);
            }
            if (end < text.length()
                    && text.charAt(end) == '.') { // the last 32 bits as a dotted quad
                long quad = parseIpv4(text.substring(at));
                if (quad < 0 || count > 6) {
                    return null;
                }
                groups[count++] = (int) (quad >>> 16);
                groups[count++] = (int) (quad & 0xffff);
                at = text.length();
                break;
            }
            if (end == at) {
                return null;
            }
            groups[count++] = group;
            at = end;
            if (at == text.length()) {
                break;
            }
            if (text.charAt(at++) != ':') {
                return null;
            }
            if (at < text.length() && text.charAt(at) == ':') {
                if (gap >= 0) {
                    return null;
                }
                gap = count;
                at++;
            } else if (at == text.length()) {
                return null; // ends in a single colon
            }
        }
        if (gap < 0 ? count != 8 : count > 7) {
            return null;
        }
        int zeros = 8 - count;
        long[] halves = new long[2];
        for (int i = 0; i < 8; i++) {
            int group = gap < 0 || i < gap ? groups[i] : i < gap + zeros ? 0 : groups[i - zeros];
            halves[i >> 2] = halves[i >> 2] << 16 | group;
        }
        return halves;
    }

    /**
     * Formats an address, IPv6 in short form.
     *
     * @param address a numeric address; its scope is left out
     * @return such as {@code 192.0.2.1} or {@code 2001:db8::1}
     */
    public static String format(InetAddress address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return address instanceof Inet4Address
                ? formatIpv4(bytes.getInt())
                : formatIpv6(bytes.getLong(), bytes.getLong());
    }

    static String format(boolean ipv6, long high, long low) {
        return ipv6 ? formatIpv6(high, low) : formatIpv4((int) low);
    }

    private static String formatIpv4(int value) {
        return (value >>> 24)
                + "."
                + (value >>> 16 & 0xff)
                + "."
                + (value >>> 8 & 0xff)
                + "."
                + (value & 0xff);
    }

    private static String formatIpv6(long high, long low) {
        if (high == 0 && low >>> 32 == 0xffff) {
            return "::ffff:" + formatIpv4((int) low);
        }
        int begin = -1; // of the longest run of two or more zero groups, the first if equal
        int length = 1;
        for (int i = 0; i < 8; i++) {
            int run = 0;
            while (i + run < 8 && group(high, low, i + run) == 0) {
                run++;
            }
            if (run > length) {
                begin = i;
                length = run;
            }
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == begin) {
                text.append("::");
                i += length - 1;
            } else {
                if (i > 0 && i != begin + length) {
                    text.append(':');
                }
                text.append(Integer.toHexString(group(high, low, i)));
            }
        }
        return text.toString();
    }

    private static int group(long high, long low, int i) {
        return (int) ((i < 4 ? high : low) >>> 48 - 16 * (i & 3)) & 0xffff;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
