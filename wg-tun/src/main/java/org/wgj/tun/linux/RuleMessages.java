// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import java.io.IOException;

/**
 * Messages about routing rules (linux/fib_rules.h). Their fixed part is {@code struct
 * fib_rule_hdr}:
 *
 * <pre>
 *   0  family   1        4  table     1     above 255: only in FRA_TABLE
 *   1  dst_len  1        5  reserved  2
 *   2  src_len  1        7  action    1
 *   3  tos      1        8  flags     4
 * </pre>
 */
final class RuleMessages {
    private RuleMessages() {}

    private static final int RTM_NEWRULE = 32;
    private static final int RTM_DELRULE = 33;
    private static final int RTM_GETRULE = 34;
    private static final int FRA_PRIORITY = 6;
    private static final int FRA_FWMARK = 10;
    private static final int FRA_SUPPRESS_PREFIXLEN = 14;
    private static final int FRA_TABLE = 15;
    private static final int FRA_FWMASK = 16;
    private static final int FRA_PAD = 18;
    private static final int FRA_PROTOCOL = 21;
    private static final int FRA_MAX = 63;
    private static final int FIB_RULE_INVERT = 2;
    private static final int FR_ACT_TO_TBL = 1;
    private static final int RT_TABLE_UNSPEC = 0;

    private static final int FAMILY = 0;
    private static final int DESTINATION_LENGTH = 1;
    private static final int SOURCE_LENGTH = 2;
    private static final int TOS = 3;
    private static final int TABLE = 4;
    private static final int ACTION = 7;
    private static final int FLAGS = 8;
    private static final int FIXED_LENGTH = 12;

    static NetlinkRequest list(int family) {
        return fixed(new NetlinkRequest(RTM_GETRULE, NetlinkRequest.NLM_F_DUMP), family, 0, 0, 0);
    }

    static NetlinkRequest add(Rule rule) {
        int flags = NetlinkRequest.NLM_F_CREATE | NetlinkRequest.NLM_F_EXCL;
        return of(new NetlinkRequest(RTM_NEWRULE, flags), rule);
    }

    /** The kernel ignores NOT and the suppression when it looks for the rule to remove. */
    static NetlinkRequest remove(Rule rule) {
        return of(new NetlinkRequest(RTM_DELRULE, 0), rule);
    }

    private static NetlinkRequest of(NetlinkRequest request, Rule rule) {
        if (rule.more() || rule.table() == RT_TABLE_UNSPEC) {
            throw new IllegalArgumentException("the rule has parts that cannot be expressed here");
        }
        boolean shortTable = Integer.compareUnsigned(rule.table(), 255) <= 0;
        fixed(
                request,
                rule.ipv4() ? AddressFamily.AF_INET : AddressFamily.AF_INET6,
                shortTable ? rule.table() : RT_TABLE_UNSPEC,
                FR_ACT_TO_TBL,
                rule.not() ? FIB_RULE_INVERT : 0);
        request.attribute(FRA_PRIORITY, rule.priority());
        if (rule.fwmark() != 0) {
            request.attribute(FRA_FWMARK, rule.fwmark());
        }
        if (!shortTable) {
            request.attribute(FRA_TABLE, rule.table());
        }
        if (rule.suppressPrefixLength() >= 0) {
            request.attribute(FRA_SUPPRESS_PREFIXLEN, rule.suppressPrefixLength());
        }
        return request;
    }

    private static NetlinkRequest fixed(
            NetlinkRequest request, int family, int table, int action, int flags) {
        return request.putByte(family)
                .putByte(0)
                .putShort(0)
                .putByte(table)
                .putShort(0)
                .putByte(action)
                .putInt(flags);
    }

    /**
     * Returns the rule; null if it is not of the family that was asked for: a kernel without IPv6
     * lists all others instead.
     */
    static Rule parse(NetlinkMessage message, int family) throws IOException {
        message.requirePayload(FIXED_LENGTH);
        if (message.byteAt(FAMILY) != family) {
            return null;
        }
        NetlinkAttributes attributes = message.attributes(FIXED_LENGTH);
        int flags = message.intAt(FLAGS);
        return new Rule(
                family == AddressFamily.AF_INET,
                attributes.number(FRA_PRIORITY, 0),
                (flags & FIB_RULE_INVERT) != 0,
                attributes.number(FRA_FWMARK, 0),
                attributes.number(FRA_TABLE, message.byteAt(TABLE)),
                attributes.number(FRA_SUPPRESS_PREFIXLEN, -1),
                hasMore(message, attributes));
    }

    private static boolean hasMore(NetlinkMessage message, NetlinkAttributes attributes)
            throws IOException {
        if (message.byteAt(ACTION) != FR_ACT_TO_TBL
                || message.byteAt(DESTINATION_LENGTH) != 0
                || message.byteAt(SOURCE_LENGTH) != 0
                || message.byteAt(TOS) != 0) {
            return true;
        }
        // The mask of a whole mark has all bits set; a rule without a mark has no mask.
        int wholeMask = attributes.number(FRA_FWMARK, 0) == 0 ? 0 : -1;
        if (attributes.number(FRA_FWMASK, wholeMask) != wholeMask) {
            return true;
        }
        for (int type = 1; type <= FRA_MAX; type++) {
            boolean known =
                    switch (type) {
                        case FRA_PRIORITY,
                                FRA_FWMARK,
                                FRA_SUPPRESS_PREFIXLEN,
                                FRA_TABLE,
                                FRA_FWMASK,
                                FRA_PAD,
                                FRA_PROTOCOL ->
                                true;
                        default -> false;
                    };
            if (!known && attributes.segment(type) != null) {
                return true;
            }
        }
        return false;
    }
}
