// SPDX-License-Identifier: Apache-2.0
package org.wgj.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

class ReloadRequestsTest {
    private final List<CompletableFuture<List<String>>> begun = new ArrayList<>();
    private final ReloadRequests requests = new ReloadRequests(begun::add);

    @Test
    void theSameRequestThroughAnotherSocketIsTheSameReload() {
        assertSame(requests.reload("a"), requests.reload("a"));
        assertEquals(1, begun.size());
    }

    @Test
    void anotherRequestIsAnotherReload() {
        requests.reload("a");
        assertSame(begun.get(0), requests.reload("a"));
        assertSame(requests.reload("b"), begun.get(1));
    }
}
