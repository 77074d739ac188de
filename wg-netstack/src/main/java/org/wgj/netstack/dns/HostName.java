// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.net.IDN;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Sorts what a program gives as a host: only a {@link Name} is ever asked for. All others are
 * decided here, so that numbers, names of this machine and nonsense leave neither through the
 * tunnel nor beside it.
 */
sealed interface HostName {
    /** A numeric address. */
    record Literal(InetAddress address) implements HostName {}

    /**
     * A name to ask for.
     *
     * @param name the name as given
     * @param isAbsolute whether it ended with a dot, so that no search domain applies
     */
    record Name(DnsName name, boolean isAbsolute) implements HostName {}

    /**
     * A host that has no address.
     *
     * @param why the reason, in the JDK's words where it has any
     */
    record Invalid(String why) implements HostName {}

    /** Longer texts are not even converted from Unicode. */
    int MAX_CHARACTERS = 1024;

    Pattern NUMERIC_END = Pattern.compile("(.*\\.)?([0-9]+|0[xX][0-9a-fA-F]*)");
    Pattern LABEL = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9_-]*");

    String UNKNOWN = "Name or service not known";
    String LOCAL = "the local host is not inside the tunnel";

    static HostName of(String host) {
        if (host.isEmpty() || host.length() > MAX_CHARACTERS) {
            return new Invalid(UNKNOWN);
        }
        if (host.indexOf(':') >= 0 || host.startsWith("[")) {
            return ipv6(host);
        }
        String ascii = host;
        if (!host.chars().allMatch(c -> c < 0x80)) {
            try {
                ascii = IDN.toASCII(host);
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                return new Invalid(UNKNOWN);
            }
        }
        boolean absolute = ascii.endsWith(".");
        String name = absolute ? ascii.substring(0, ascii.length() - 1) : ascii;
        if (NUMERIC_END.matcher(name).matches()) {
            return ipv4(name);
        }
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals("localhost") || lower.endsWith(".localhost")) {
            // RFC 6761 6.3: it never goes to a server. It is the loopback interface, which a
            // tunnel has not; and its address must not lead to services of this machine.
            return new Invalid(LOCAL);
        }
        return hostName(name, absolute);
    }

    private static HostName hostName(String name, boolean absolute) {
        for (String label : name.split("\\.", -1)) {
            if (!LABEL.matcher(label).matches()) {
                return new Invalid(UNKNOWN);
            }
        }
        try {
            return new Name(DnsName.of(name), absolute);
        } catch (IllegalArgumentException e) {
            return new Invalid(UNKNOWN); // too long
        }
    }

    private static HostName ipv6(String host) {
        if (host.indexOf('%') >= 0) {
            return new Invalid("an address in the tunnel has no scope");
        }
        try {
            return literal(host);
        } catch (IllegalArgumentException e) {
            return new Invalid("invalid IPv6 address literal");
        }
    }

    /** No top-level domain is a number: such a host is an IPv4 address, or nothing (RFC 3696 2). */
    private static HostName ipv4(String host) {
        try {
            return literal(host);
        } catch (IllegalArgumentException e) {
            return new Invalid("invalid IPv4 address literal");
        }
    }

    /** Its host name is the number: otherwise getHostName would ask the system's DNS servers. */
    private static HostName literal(String text) {
        byte[] address = InetAddress.ofLiteral(text).getAddress();
        try {
            return new Literal(InetAddress.getByAddress(text, address));
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // the length is right
        }
    }
}
