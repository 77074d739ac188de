// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.Seeds;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** The table does what a map does, while keys come and go. */
@ExtendWith(Seeds.class)
class LongTableTest {
    @Test
    void itIsAMap() {
        Random random = new Random(Seeds.next());
        LongTable<Long> table = new LongTable<>(random.nextLong());
        Map<Long, Long> map = new HashMap<>();
        int range = 1;
        for (int step = 0; step < 200_000; step++) {
            if (step % 1000 == 0) {
                range = 1 << random.nextInt(13);
            }
            long key = random.nextInt(range);
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    long value = random.nextLong();
                    table.put(key, value);
                    map.put(key, value);
                }
                case 2 -> {
                    table.remove(key);
                    map.remove(key);
                }
                default -> assertEquals(map.get(key), table.get(key));
            }
            if (step % 997 == 0) {
                long bits = random.nextInt(4);
                table.removeIf(value -> (value & 3) == bits);
                map.values().removeIf(value -> (value & 3) == bits);
            }
            assertEquals(map.size(), table.size());
        }
        map.forEach((key, value) -> assertEquals(value, table.get(key)));
        Set<Long> values = new HashSet<>();
        table.forEach(values::add);
        assertEquals(new HashSet<>(map.values()), values);
    }
}
