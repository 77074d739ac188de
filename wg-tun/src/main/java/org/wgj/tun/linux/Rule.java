// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

/**
 * Which packets of a family ask which routing table, as in {@code ip rule}.
 *
 * @param ipv4 whether it is of IPv4, else of IPv6
 * @param priority unsigned; rules are asked from the lowest to the highest
 * @param not whether the packets are meant that do not have the mark
 * @param fwmark of the packets meant; 0 for all packets
 * @param table an unsigned number, 0 when the rule does not ask a table
 * @param suppressPrefixLength routes with a prefix no longer than that do not count; -1 when all do
 * @param more whether the rule has conditions or an action beyond these; such a one is listed, but
 *     can neither be added nor removed
 */
public record Rule(
        boolean ipv4,
        int priority,
        boolean not,
        int fwmark,
        int table,
        int suppressPrefixLength,
        boolean more) {
    /** {@code not fwmark MARK table TABLE}. */
    public static Rule unlessMarked(boolean ipv4, int priority, int fwmark, int table) {
        return new Rule(ipv4, priority, true, fwmark, table, -1, false);
    }

    /** {@code table main suppress_prefixlength 0}: the main table without its default route. */
    public static Rule mainWithoutDefault(boolean ipv4, int priority) {
        return new Rule(ipv4, priority, false, 0, Route.MAIN_TABLE, 0, false);
    }

    /** As {@code ip -4 rule add} takes it, without the priority. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (not) {
            text.append("not ");
        }
        if (fwmark != 0) {
            text.append("fwmark ").append(Integer.toUnsignedString(fwmark)).append(' ');
        }
        text.append("table ")
                .append(table == Route.MAIN_TABLE ? "main" : Integer.toUnsignedString(table));
        if (suppressPrefixLength >= 0) {
            text.append(" suppress_prefixlength ").append(suppressPrefixLength);
        }
        return text.toString();
    }
}
