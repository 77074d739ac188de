// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

/**
 * IP addresses as text, as {@code inet_pton} and {@code inet_ntop} read and write them: four
 * decimal numbers without leading zeros; RFC 4291 2.2 for reading and RFC 5952 for writing IPv6.
 * Never a look-up of a name.
 *
 * <p>An address is two longs: IPv6 in network order; IPv4 in the low 32 bits of the second, the
 * first being zero.
 */
final class IpText {
    private IpText() {}

    /** The value of a dotted quad, or -1 when the text is none. */
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

    /** The two halves of an IPv6 address, or null when the text is none. */
    static long[] parseIpv6(String text) {
        int[] groups = new int[8];
        int count = 0;
        int gap = -1; // how many groups stand before "::"
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
        int begin = -1; // the longest run of two or more zero groups, the first of equals
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
