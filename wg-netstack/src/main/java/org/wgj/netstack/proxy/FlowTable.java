// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A bounded table of UDP flows by the client's address and port, in the order of their last use. A
 * host (of IPv6 a /64) may have half of the places; a new flow of such a host replaces its own
 * longest idle flow, so that it cannot push out those of others. Any thread may use it.
 */
final class FlowTable<F> {
    private final int limit;
    private final int limitOfHost;

    /** All, the longest idle first. */
    private final LinkedHashMap<InetSocketAddress, F> all = new LinkedHashMap<>(16, 0.75f, true);

    /** The same by host, without the flows. */
    private final Map<InetAddress, LinkedHashMap<InetSocketAddress, Boolean>> byHost =
            new HashMap<>();

    FlowTable(int limit) {
        this.limit = limit;
        limitOfHost = Math.max(1, limit / 2);
    }

    private static InetAddress host(InetSocketAddress client) {
        return ClientQuota.ofHost(client.getAddress());
    }

    synchronized int size() {
        return all.size();
    }

    /** Returns the flow, which is now the last used; null if there is none. */
    synchronized F get(InetSocketAddress client) {
        F flow = all.get(client);
        if (flow != null) {
            var unused = byHost.get(host(client)).get(client);
        }
        return flow;
    }

    /** Makes the flow the last used, if it is there. */
    void touch(InetSocketAddress client) {
        var unused = get(client);
    }

    /** Adds a flow and returns the one that it has replaced; null if there was room. */
    synchronized F put(InetSocketAddress client, F flow) {
        F replaced = all.get(client);
        if (replaced != null) {
            delete(client);
        } else {
            LinkedHashMap<InetSocketAddress, Boolean> own = byHost.get(host(client));
            if (own != null && own.size() >= limitOfHost) {
                replaced = delete(own.keySet().iterator().next());
            } else if (all.size() >= limit) {
                replaced = delete(all.keySet().iterator().next());
            }
        }
        all.put(client, flow);
        byHost.computeIfAbsent(host(client), key -> new LinkedHashMap<>(16, 0.75f, true))
                .put(client, true);
        return replaced;
    }

    private F delete(InetSocketAddress client) {
        byHost.computeIfPresent(
                host(client),
                (key, own) -> {
                    own.remove(client);
                    return own.isEmpty() ? null : own;
                });
        return all.remove(client);
    }

    /** Removes the flow if the client still has this one. */
    synchronized void remove(InetSocketAddress client, F flow) {
        if (all.get(client) == flow) {
            delete(client);
        }
    }

    /** Removes flows from the longest idle on, as long as they match, and returns them. */
    synchronized List<F> removeWhile(Predicate<F> matches) {
        List<F> removed = new ArrayList<>();
        Iterator<Map.Entry<InetSocketAddress, F>> entries = all.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<InetSocketAddress, F> first = entries.next();
            if (!matches.test(first.getValue())) {
                break;
            }
            InetSocketAddress client = first.getKey();
            removed.add(first.getValue());
            entries.remove();
            delete(client);
        }
        return removed;
    }
}
