// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.List;

/** What an operator is told of a PostgreSQL store, and the upgrade of its schema. */
@Tag("postgresql")
class PostgresStoreTest {
    private static final String SECRET = "hunter2";

    @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

    private static String refusal(String url) {
        String message =
                assertThrows(StoreException.class, () -> Store.open(url).close()).getMessage();
        assertFalse(message.contains(SECRET), message);
        return message;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "?user=guarded&password=hunter2x | check user and password in the URL",
                "?user=guarded | give a password in the URL, or in ~/.pgpass",
                "2?user=wgj | make it with createdb, or correct its name in the URL",
                "?user=nobody&password=hunter2 | check the user in the URL, and pg_hba.conf",
            })
    void aRefusalSaysWhatToDo(String rest, String advice) throws Exception {
        String url = POSTGRES.get().newDatabase().replaceFirst("\\?.*", "");
        String message = refusal(url + rest);
        String name = (url + rest).replaceFirst("\\?.*", "");
        assertTrue(message.startsWith(name + ": cannot connect: "), message);
        assertTrue(message.contains(advice), message);
    }

    @Test
    void aPasswordOpensIt() throws Exception {
        String url = POSTGRES.get().newDatabase().replaceFirst("\\?.*", "");
        Store.open(url + "?user=guarded&password=" + SECRET).close();
    }

    /** A role may connect to a database that another owns, but make no tables there. */
    @Test
    void aRoleWithoutRightsIsTold() throws Exception {
        String url = POSTGRES.get().newDatabase().replaceFirst("\\?.*", "");
        String message = refusal(url + "?user=guest");
        assertTrue(message.startsWith(url + ": "), message);
        assertTrue(message.contains("permission denied for schema public"), message);
        assertTrue(message.contains("GRANT"), message);
    }

    @Test
    void aDatabaseThatIsDownIsNamedAndUsedAgainWhenItIsBack() throws Exception {
        String url = POSTGRES.get().newDatabase();
        try (Store store = Store.open(url)) {
            assertEquals("1", answer(store));
            POSTGRES.get().stop();
            String message;
            long beganNs;
            do { // first of the connection that was open
                beganNs = System.nanoTime();
                message = assertThrows(StoreException.class, () -> answer(store)).getMessage();
            } while (message.contains("terminating"));
            long tookMs = (System.nanoTime() - beganNs) / 1_000_000;
            assertTrue(tookMs < 9_000, "a node that joins waits 10 s: " + tookMs + " ms");
            POSTGRES.get().startAgain();
            assertTrue(
                    message.matches("jdbc:[^?]*: the database does not answer: Connection to .*"),
                    message);
            assertEquals("1", answer(store));
        }
    }

    private static String answer(Store store) throws IOException {
        return store.read(sql -> String.valueOf(sql.number("SELECT 1 AS n")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2"})
    void anOlderSchemaIsBroughtUpToDate(String version) throws Exception {
        String url = POSTGRES.get().newDatabase();
        try (Engine engine = PostgresEngine.connect(url)) {
            OldSchema.make(engine, version);
        }
        try (Store store = Store.open(url)) {
            assertEquals(List.of("192.0.2.9:51820 0"), OldSchema.rows(store));
        }
    }
}
