// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.text.Decimal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Parses the values that {@code wg} knows, in files and on its command line, all without spaces.
 * Every method throws an IllegalArgumentException that says what was expected. It never repeats
 * what was found, except a harmless entry of a list.
 */
public final class Values {
    private static final long MAX_UINT32 = 0xffff_ffffL;
    private static final Pattern PLACEHOLDER =
            Pattern.compile("[<({\\[$%].*|.*[>)}\\]].*|.*\\.\\.\\..*|.*(?i:your|here|xxxx).*");

    private Values() {}

    /** Returns null for all zeros, which stand for no key. */
    static PrivateKey privateKey(CharSequence text) {
        return key(text, Values::privateKeyOrNone, "make one with: wgj genkey");
    }

    private static PrivateKey privateKeyOrNone(CharSequence text) {
        PresharedKey raw = PresharedKey.fromBase64(text);
        boolean none = raw.isNone();
        raw.wipe();
        return none ? null : PrivateKey.fromBase64(text);
    }

    static PresharedKey presharedKey(CharSequence text) {
        return key(text, PresharedKey::fromBase64, "make one with: wgj genpsk");
    }

    public static PublicKey publicKey(String text) {
        return key(
                text,
                PublicKey::fromBase64,
                "the peer's owner makes it with: wgj pubkey < its private key");
    }

    /** Parses a key. Text that is a real key is no placeholder, whatever words its letters form. */
    private static <T extends CharSequence, K> K key(
            T text, Function<T, K> fromBase64, String advice) {
        try {
            return fromBase64.apply(text);
        } catch (IllegalArgumentException e) {
            if (PLACEHOLDER.matcher(text).matches()) {
                throw new IllegalArgumentException(
                        "this is a placeholder, to be replaced by a key; " + advice, e);
            }
            throw e;
        }
    }

    /** Parses a number or the name of a service, as getaddrinfo does. */
    public static int port(String text) {
        if (text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return ServiceNames.port(text);
        }
        return (int) number(text, 0xffff, "expected a port from 0 to 65535");
    }

    public static int fwmark(String text) {
        String expected = "expected off or a number from 0 to 0xffffffff";
        if (text.equalsIgnoreCase("off")) {
            return 0;
        }
        if (text.length() > 2 && text.startsWith("0x")) {
            try {
                // parseUnsignedLong alone would accept a sign.
                return (int) number(Long.toString(hex(text.substring(2))), MAX_UINT32, expected);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(expected, e);
            }
        }
        return (int) number(text, MAX_UINT32, expected);
    }

    private static long hex(String digits) {
        String significant = withoutLeadingZeros(digits);
        if (significant.length() > 8 || !Character.isLetterOrDigit(significant.charAt(0))) {
            throw new NumberFormatException();
        }
        return Long.parseUnsignedLong(significant, 16);
    }

    /** Parses seconds; 0 for off. */
    public static int keepalive(String text) {
        return text.equalsIgnoreCase("off")
                ? 0
                : (int) number(text, 0xffff, "expected off or seconds from 0 to 65535");
    }

    private static long number(String text, long max, String expected) {
        try {
            return Decimal.parse(text, max);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(expected, e);
        }
    }

    private static String withoutLeadingZeros(String digits) {
        int zeros = 0;
        while (zeros < digits.length() - 1 && digits.charAt(zeros) == '0') {
            zeros++;
        }
        return digits.substring(zeros);
    }

    /** Parses {@code host:port} or {@code [host]:port}; the port follows the last colon. */
    public static HostPort endpoint(String text) {
        int begin = 0;
        int end = text.lastIndexOf(':');
        int colon = end;
        if (text.startsWith("[")) {
            begin = 1;
            end = text.indexOf(']');
            colon = end + 1;
        }
        if (end <= begin || colon >= text.length() - 1 || text.charAt(colon) != ':') {
            throw new IllegalArgumentException("expected host:port or [IPv6 address]:port");
        }
        String host = text.substring(begin, end);
        if (!host.chars().allMatch(Values::ofHost)) {
            throw new IllegalArgumentException(
                    "expected a host name or an address before the port");
        }
        return new HostPort(host, port(text.substring(colon + 1)));
    }

    /**
     * Returns whether it may be part of a host name; letters of other alphabets arrive as bytes of
     * UTF-8.
     */
    private static boolean ofHost(int c) {
        return Character.isLetterOrDigit(c) || "-_.:%".indexOf(c) >= 0 || c >= 0x80;
    }

    /**
     * Adds a further value to those before it.
     *
     * @param before null if this is the first
     * @param text with its spaces, which mean nothing
     */
    public static AllowedIps allowedIps(AllowedIps before, String text) {
        List<AllowedIps.Change> changes =
                new ArrayList<>(before == null ? List.of() : before.changes());
        boolean incremental = false;
        String list = ConfigText.trim(text);
        if (!list.isEmpty()) {
            List<String> entries =
                    Arrays.stream(list.split(",", -1)).map(ConfigText::trim).toList();
            Quote.each(entries, entry -> changes.add(change(entry)));
            incremental = entries.stream().anyMatch(Values::isSigned);
        }
        return new AllowedIps(incremental, changes);
    }

    private static boolean isSigned(String entry) {
        return entry.startsWith("-") || entry.startsWith("+");
    }

    private static AllowedIps.Change change(String entry) {
        String range = isSigned(entry) ? ConfigText.trim(entry.substring(1)) : entry;
        try {
            return new AllowedIps.Change(
                    range(ConfigText.withoutSpaces(range)), entry.startsWith("-"));
        } catch (IllegalArgumentException e) {
            if (range.chars().anyMatch(c -> c == ';' || ConfigText.isSpace((char) c))) {
                throw new IllegalArgumentException(
                        "ranges must be parted by commas, not by blanks or semicolons", e);
            }
            throw e;
        }
    }

    private static IpPrefix range(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        IpPrefix alone;
        try {
            alone = IpPrefix.parse(address);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "expected IPv4 or IPv6 addresses with /length, parted by commas", e);
        }
        if (slash < 0) {
            return alone;
        }
        String length = text.substring(slash + 1);
        int ofMask = Netmask.length(length);
        String expected =
                "prefix length must be from 0 to "
                        + alone.length()
                        + (ofMask < 0 || alone.ipv6() ? "" : "; for this netmask write /" + ofMask);
        int bits = (int) number(length, alone.length(), expected);
        return IpPrefix.networkOf(alone.ipv6(), alone.high(), alone.low(), bits);
    }
}
