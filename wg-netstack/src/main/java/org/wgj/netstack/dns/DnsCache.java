// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Answers that may be used again. Addresses stay for their TTL, at most an hour; the lack of
 * addresses for as long as the zone says (RFC 2308); a failure for a second, so that servers in
 * trouble are not asked without pause (RFC 9520). The least recently used answer makes room. Not
 * thread-safe.
 */
final class DnsCache {
    private static final long FAILURE_NS = TimeUnit.SECONDS.toNanos(1);

    private record Kept(Answer answer, long untilNs) {}

    private final Map<DnsQuestion, Kept> entries;

    DnsCache(int capacity) {
        entries =
                new LinkedHashMap<>(16, 0.75f, true) {
                    private static final long serialVersionUID = 1L;

                    @Override
                    protected boolean removeEldestEntry(Map.Entry<DnsQuestion, Kept> eldest) {
                        return size() > capacity;
                    }
                };
    }

    /** Null if there is no answer that is fresh enough. */
    Answer get(DnsQuestion question, long nowNs) {
        Kept kept = entries.get(question);
        if (kept == null) {
            return null;
        }
        if (nowNs - kept.untilNs >= 0) {
            entries.remove(question);
            return null;
        }
        return kept.answer;
    }

    void put(DnsQuestion question, Answer answer, long nowNs) {
        long keptNs =
                answer.kind() == Answer.Kind.FAILED
                        ? FAILURE_NS
                        : TimeUnit.SECONDS.toNanos(answer.ttlSeconds());
        if (keptNs > 0) {
            entries.put(question, new Kept(answer, nowNs + keptNs));
        }
    }

    void clear() {
        entries.clear();
    }

    int size() {
        return entries.size();
    }
}
