// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

/**
 * A routing rule, as in {@code ip rule}: which packets of a family use which routing table.
 *
 * @param ipv4 true for IPv4, false for IPv6
 * @param priority unsigned; the kernel asks the rules from the lowest to the highest
 * @param not whether the rule applies to packets without the mark instead
 * @param fwmark the packets' mark; 0 for all packets
 * @param table an unsigned number; 0 if the rule uses no table
 * @param suppressPrefixLength routes with a prefix no longer than that do not count; -1 if all do
 * @param more whether the rule has conditions or an action beyond these; such a rule can be listed,
 *     but neither added nor removed
 */
public record Rule(
        boolean ipv4,
        int priority,
        boolean not,
        int fwmark,
        int table,
        int suppressPrefixLength,
        boolean more) {
    /**
     * Makes {@code not fwmark MARK table TABLE}.
     *
     * @param ipv4 true for IPv4, false for IPv6
     * @param priority the rule's priority
     * @param fwmark the mark that exempts packets
     * @param table the table for all other packets
     * @return the rule
     */
    public static Rule unlessMarked(boolean ipv4, int priority, int fwmark, int table) {
        return new Rule(ipv4, priority, true, fwmark, table, -1, false);
    }

    /**
     * Makes {@code table main suppress_prefixlength 0}: the main table without its default route.
     *
     * @param ipv4 true for IPv4, false for IPv6
     * @param priority the rule's priority
     * @return the rule
     */
    public static Rule mainWithoutDefault(boolean ipv4, int priority) {
        return new Rule(ipv4, priority, false, 0, Route.MAIN_TABLE, 0, false);
    }

    /** Writes the rule as {@code ip -4 rule add} reads it, without the priority. */
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
