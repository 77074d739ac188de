// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PublicKey;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/** Joins at the same time, on either engine: distinct addresses, and no use too many. */
abstract class ConcurrentJoins {
    private final Meshes.Clock clock = new Meshes.Clock();

    abstract Store open() throws Exception;

    @Test
    void twentyJoinWithOneTokenOfTwentyUses() throws Exception {
        try (Registry registry = Meshes.create(open(), Meshes.plan(true), clock)) {
            PublicKey token = Meshes.token(registry, 20);
            List<JoinAnswer> answers = joinAtOnce(registry, 20, () -> token);
            assertEquals(20, joined(answers));
            assertEquals(20, addresses(answers, "wg0").size());
            assertEquals(20, addresses(answers, "wg3").size());
            assertEquals(0, registry.tokens().getFirst().usesLeft());
        }
    }

    @Test
    void ofFiftyExactlyTenJoinWithOneTokenOfTenUses() throws Exception {
        try (Registry registry = Meshes.create(open(), Meshes.plan(true), clock)) {
            PublicKey token = Meshes.token(registry, 10);
            List<JoinAnswer> answers = joinAtOnce(registry, 50, () -> token);
            assertEquals(10, joined(answers));
            assertEquals(40, answers.stream().filter(a -> a.reasonOrNull() == Reason.USED).count());
            assertEquals(10, registry.snapshot().map().nodes().size());
        }
    }

    @Test
    void aHundredJoinWithTokensOfTheirOwnAndGetDistinctAddressesAndNames() throws Exception {
        try (Registry registry = Meshes.create(open(), Meshes.plan(true), clock)) {
            List<JoinAnswer> answers = joinAtOnce(registry, 100, () -> Meshes.token(registry, 1));
            assertEquals(100, joined(answers));
            assertEquals(100, addresses(answers, "wg0").size());
            Set<String> names =
                    answers.stream().map(a -> a.nodeOrNull().name()).collect(Collectors.toSet());
            assertEquals(100, names.size());
            // The lowest free ones, without gaps.
            assertTrue(addresses(answers, "wg0").contains("/10.77.0.2"));
            assertTrue(addresses(answers, "wg0").contains("/10.77.0.101"));
            assertTrue(registry.auditFault().isEmpty());
        }
    }

    private static long joined(List<JoinAnswer> answers) {
        return answers.stream().filter(a -> a.result() == JoinAnswer.Result.JOINED).count();
    }

    private static Set<String> addresses(List<JoinAnswer> answers, String plane) {
        return answers.stream()
                .filter(a -> a.nodeOrNull() != null)
                .map(a -> a.nodeOrNull().planes().get(plane).addresses().getFirst().toString())
                .collect(Collectors.toSet());
    }

    private static List<JoinAnswer> joinAtOnce(
            Registry registry, int count, Callable<PublicKey> tokens) throws Exception {
        CyclicBarrier start = new CyclicBarrier(count);
        try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
            List<Future<JoinAnswer>> futures = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                PublicKey token = tokens.call();
                JoinRequest request = Meshes.node("web", "wg0", "wg1", "wg2", "wg3");
                futures.add(
                        threads.submit(
                                () -> {
                                    start.await();
                                    return registry.join(token, request, Meshes.SOURCE);
                                }));
            }
            List<JoinAnswer> answers = new ArrayList<>();
            for (Future<JoinAnswer> future : futures) {
                answers.add(future.get());
            }
            return answers;
        }
    }
}
