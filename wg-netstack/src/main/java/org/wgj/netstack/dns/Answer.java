// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The answer of a response to one question for addresses.
 *
 * @param kind which of the results
 * @param addresses the addresses, not empty only for {@link Kind#ADDRESSES}
 * @param ttlSeconds for how long the answer may be kept, 0 for not at all
 * @param target the name to ask for next, only for {@link Kind#ALIAS}
 * @param failure why there is no answer, only for {@link Kind#FAILED}
 */
record Answer(
        Kind kind, List<InetAddress> addresses, long ttlSeconds, DnsName target, String failure) {
    enum Kind {
        ADDRESSES,
        /** The name exists, but has no record of this type. */
        NO_DATA,
        NO_SUCH_NAME,
        /** The server followed no alias, so the resolver must ask for its target. */
        ALIAS,
        /** No server gave an answer. */
        FAILED
    }

    /** No name has more aliases in a row. */
    static final int MAX_ALIASES = 16;

    static final int MAX_ADDRESSES = 64;

    private static final long MAX_TTL_SECONDS = 3600;

    static Answer failed(String why) {
        return new Answer(Kind.FAILED, List.of(), 0, null, why);
    }

    boolean isPositive() {
        return kind == Kind.ADDRESSES;
    }

    /** This answer if an alias led to it, which may be kept for a shorter time. */
    Answer keptFor(long seconds) {
        return seconds >= ttlSeconds ? this : new Answer(kind, addresses, seconds, target, failure);
    }

    /**
     * Reads a response that is known to answer the question. Follows the aliases in it in any order
     * of the records. Only addresses of the last name count, so that a server cannot slip in
     * addresses of other names.
     */
    static Answer of(DnsMessage response, DnsQuestion question) {
        int code = response.code();
        if (code != DnsMessage.NO_ERROR && code != DnsMessage.NO_SUCH_NAME) {
            return failed("response code " + code);
        }
        Map<DnsName, DnsRecord.Alias> aliases = new HashMap<>();
        for (DnsRecord record : response.answers()) {
            if (record instanceof DnsRecord.Alias alias) {
                aliases.putIfAbsent(alias.name(), alias);
            }
        }
        DnsName name = question.name();
        long ttl = MAX_TTL_SECONDS;
        int followed = 0;
        for (DnsRecord.Alias alias; (alias = aliases.get(name)) != null; ) {
            if (++followed > MAX_ALIASES) {
                return failed("more than " + MAX_ALIASES + " aliases in a row");
            }
            name = alias.target();
            ttl = Math.min(ttl, alias.ttlSeconds());
        }
        Set<InetAddress> addresses = new LinkedHashSet<>();
        for (DnsRecord record : response.answers()) {
            if (record instanceof DnsRecord.Address address
                    && address.name().equals(name)
                    && isAskedFor(address, question)
                    && addresses.size() < MAX_ADDRESSES) {
                addresses.add(address.address());
                ttl = Math.min(ttl, address.ttlSeconds());
            }
        }
        if (!addresses.isEmpty()) {
            return new Answer(
                    Kind.ADDRESSES, List.copyOf(new ArrayList<>(addresses)), ttl, null, null);
        }
        return negative(response, name, followed > 0, ttl);
    }

    private static boolean isAskedFor(DnsRecord.Address record, DnsQuestion question) {
        int bytes = question.type() == DnsRecord.TYPE_A ? 4 : 16;
        return record.address().getAddress().length == bytes;
    }

    /** A negative answer without SOA is not kept (RFC 2308 5). */
    private static Answer negative(
            DnsMessage response, DnsName name, boolean isAlias, long aliasTtl) {
        boolean exists = response.code() == DnsMessage.NO_ERROR;
        for (DnsRecord record : response.authorities()) {
            if (record instanceof DnsRecord.Soa soa) {
                long ttl = Math.min(aliasTtl, soa.negativeTtlSeconds());
                Kind kind = exists ? Kind.NO_DATA : Kind.NO_SUCH_NAME;
                return new Answer(kind, List.of(), ttl, null, null);
            }
        }
        if (isAlias && exists) {
            return new Answer(Kind.ALIAS, List.of(), aliasTtl, name, null);
        }
        return new Answer(exists ? Kind.NO_DATA : Kind.NO_SUCH_NAME, List.of(), 0, null, null);
    }
}
