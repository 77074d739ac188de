// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.wgj.mesh.map.Candidate;
import org.wgj.tunnel.config.HostPort;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** A place with a name whose address changes, and name servers that fail. Time is virtual. */
class NamedPlaceTest {
    private final List<Runnable> background = new ArrayList<>();
    private final List<Runnable> later = new ArrayList<>();
    private final List<Long> pauses = new ArrayList<>();
    private String[] answer = {};
    private int changes;

    private final NamedPlace.Host host =
            new NamedPlace.Host() {
                @Override
                public InetAddress[] lookUp(String name) throws UnknownHostException {
                    if (answer.length == 0) {
                        throw new UnknownHostException(name);
                    }
                    InetAddress[] all = new InetAddress[answer.length];
                    for (int i = 0; i < all.length; i++) {
                        all[i] = InetAddress.ofLiteral(answer[i]);
                    }
                    return all;
                }

                @Override
                public Executor background() {
                    return background::add;
                }

                @Override
                public void run(Runnable task) {
                    task.run();
                }

                @Override
                public void later(Runnable task, long delayMs) {
                    pauses.add(delayMs);
                    later.add(task);
                }

                @Override
                public void changed() {
                    changes++;
                }
            };

    private final NamedPlace place = new NamedPlace(new HostPort("home.example", 4_000), host);

    private void lookUp(String... answers) {
        answer = answers;
        if (!later.isEmpty()) {
            later.removeFirst().run();
        }
        background.removeFirst().run();
    }

    private static Candidate at(String address, int port) {
        return new Candidate(
                Candidate.Kind.STATIC, new InetSocketAddress(InetAddress.ofLiteral(address), port));
    }

    @Test
    void aNameIsLookedUpOffTheThreadAndAgain() {
        place.start();
        assertEquals(List.of(), place.candidates(51_820, 51_820), "nothing waited for it");
        lookUp();
        lookUp();
        lookUp();
        assertEquals(List.of(2_000L, 4_000L, 8_000L), pauses, "it tries again, less often");
        assertEquals(0, changes);

        lookUp("192.0.2.1", "192.0.2.2", "2001:db8::1");
        assertEquals(
                List.of(at("192.0.2.1", 4_002), at("2001:db8::1", 4_002)),
                place.candidates(51_822, 51_820));
        lookUp("192.0.2.2", "2001:db8::1", "192.0.2.1"); // in another order
        assertEquals(1, changes, "nothing is new");

        lookUp();
        assertEquals(2, place.candidates(51_820, 51_820).size(), "the last address stays");
        lookUp("192.0.2.9");
        assertEquals(List.of(at("192.0.2.9", 4_000)), place.candidates(51_820, 51_820));
        assertEquals(2, changes);
        assertEquals(List.of(60_000L, 60_000L, 2_000L, 60_000L), pauses.subList(3, pauses.size()));
    }

    @Test
    void anAddressIsThereAtOnceAndIsNotLookedUp() {
        NamedPlace address = new NamedPlace(new HostPort("192.0.2.1", 0), host);
        address.start();
        assertEquals(List.of(), background);
        assertEquals(List.of(at("192.0.2.1", 51_820)), address.candidates(51_820, 51_820));
        assertEquals(List.of(), new NamedPlace(null, host).candidates(1, 1));
    }
}
