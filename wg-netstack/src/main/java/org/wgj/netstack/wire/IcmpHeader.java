// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.wire;

/** The types of ICMP (RFC 792) and ICMPv6 (RFC 4443) messages, and the layout of their header. */
public final class IcmpHeader {
    private IcmpHeader() {}

    /** Type, code, checksum and four bytes that each type uses in its own way. */
    public static final int LENGTH = 8;

    /** The offset of the code. */
    public static final int CODE = 1;

    /** The offset of the checksum. */
    public static final int CHECKSUM = 2;

    /** The offset of an echo's identifier. */
    public static final int IDENTIFIER = 4;

    /** The offset of an echo's sequence number. */
    public static final int SEQUENCE = 6;

    /** ICMP: an answer to an echo request. */
    public static final int ECHO_REPLY4 = 0;

    /** ICMP: destination unreachable. */
    public static final int UNREACHABLE4 = 3;

    /** ICMP: source quench, which RFC 6633 forbids. */
    public static final int SOURCE_QUENCH4 = 4;

    /** ICMP: redirect. */
    public static final int REDIRECT4 = 5;

    /** ICMP: echo request. */
    public static final int ECHO_REQUEST4 = 8;

    /** ICMP: time exceeded. */
    public static final int TIME_EXCEEDED4 = 11;

    /** ICMP: parameter problem. */
    public static final int PARAMETER_PROBLEM4 = 12;

    /** Code of {@link #UNREACHABLE4}: fragmentation needed. */
    public static final int FRAGMENTATION_NEEDED = 4;

    /** ICMPv6: destination unreachable. */
    public static final int UNREACHABLE6 = 1;

    /** ICMPv6: packet too big. */
    public static final int TOO_BIG6 = 2;

    /** ICMPv6: time exceeded. */
    public static final int TIME_EXCEEDED6 = 3;

    /** ICMPv6: parameter problem. */
    public static final int PARAMETER_PROBLEM6 = 4;

    /** ICMPv6: echo request; smaller types are errors. */
    public static final int ECHO_REQUEST6 = 128;

    /** ICMPv6: an answer to an echo request. */
    public static final int ECHO_REPLY6 = 129;

    /** ICMPv6: redirect. */
    public static final int REDIRECT6 = 137;

    /**
     * Returns the type of "destination unreachable".
     *
     * @param ipv6 true for ICMPv6
     * @return the type
     */
    public static int unreachable(boolean ipv6) {
        return ipv6 ? UNREACHABLE6 : UNREACHABLE4;
    }

    /**
     * Returns the type of an echo request.
     *
     * @param ipv6 true for ICMPv6
     * @return the type
     */
    public static int echoRequest(boolean ipv6) {
        return ipv6 ? ECHO_REQUEST6 : ECHO_REQUEST4;
    }

    /**
     * Returns the type of an echo reply.
     *
     * @param ipv6 true for ICMPv6
     * @return the type
     */
    public static int echoReply(boolean ipv6) {
        return ipv6 ? ECHO_REPLY6 : ECHO_REPLY4;
    }

    /**
     * Returns whether no ICMP error may be sent about a message (RFC 1122 3.2.2, RFC 4443 2.4 e).
     *
     * @param ipv6 true for ICMPv6
     * @param type the message's type
     * @return true for errors and redirects, and for types of ICMP that are not known as queries
     */
    public static boolean isErrorOrRedirect(boolean ipv6, int type) {
        return ipv6
                ? type < ECHO_REQUEST6 || type == REDIRECT6
                : type != ECHO_REPLY4 && type != ECHO_REQUEST4 && (type < 13 || type > 18);
    }
}
