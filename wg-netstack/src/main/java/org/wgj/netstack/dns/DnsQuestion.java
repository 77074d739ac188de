// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

/**
 * The question of a query (RFC 1035 4.1.2).
 *
 * @param name the name asked for
 * @param type the type of the records, such as {@link DnsRecord#TYPE_A}; 0 to 65,535
 * @param dnsClass {@link DnsRecord#CLASS_IN} nearly always; 0 to 65,535
 */
public record DnsQuestion(DnsName name, int type, int dnsClass) {
    /**
     * A question of the class Internet.
     *
     * @param name the name asked for
     * @param type the type of the records
     */
    public DnsQuestion(DnsName name, int type) {
        this(name, type, DnsRecord.CLASS_IN);
    }
}
