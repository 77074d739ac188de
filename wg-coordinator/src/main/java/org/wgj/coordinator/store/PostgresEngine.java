// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

/**
 * A PostgreSQL database, which several coordinators may share: a small pool of connections for
 * transactions, and one more on which it hears of the others' commits.
 */
final class PostgresEngine implements Engine {
    static final String CHANNEL = "wgj_mesh";

    private static final int CONNECTIONS = 4;
    private static final long CONNECT_TIMEOUT_MS = 10_000;

    /** Without it a server that vanished would hold a transaction for ever. */
    private static final String SOCKET_TIMEOUT_S = "30";

    private final String url;
    private final String name;
    private final HikariDataSource pool;
    private PostgresListener listenerOrNull;

    private PostgresEngine(String url, String name, HikariDataSource pool) {
        this.url = url;
        this.name = name;
        this.pool = pool;
    }

    static PostgresEngine connect(String url) throws IOException {
        String name = withoutParameters(url);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setPoolName("wgj-store");
        config.setAutoCommit(false);
        config.setMaximumPoolSize(CONNECTIONS);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(CONNECT_TIMEOUT_MS);
        config.setInitializationFailTimeout(CONNECT_TIMEOUT_MS);
        config.addDataSourceProperty("ApplicationName", "wgj");
        config.addDataSourceProperty("tcpKeepAlive", "true");
        config.addDataSourceProperty("socketTimeout", SOCKET_TIMEOUT_S);
        try {
            return new PostgresEngine(url, name, new HikariDataSource(config));
        } catch (PoolInitializationException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new StoreException(
                    name
                            + ": cannot connect: "
                            + (cause instanceof SQLException sql
                                    ? Store.firstLine(sql)
                                    : cause.toString()),
                    e);
        }
    }

    /** The parameters may contain a password. */
    private static String withoutParameters(String url) {
        int question = url.indexOf('?');
        return question < 0 ? url : url.substring(0, question);
    }

    @Override
    public Connection take() throws SQLException {
        return pool.getConnection();
    }

    @Override
    public void give(Connection connectionOrNull) {
        if (connectionOrNull == null) {
            return;
        }
        try {
            connectionOrNull.close();
        } catch (SQLException e) {
            // The pool drops what it cannot use again.
        }
    }

    @Override
    public void announce(Sql sql) throws SQLException {
        sql.list(
                "SELECT pg_notify(?, ?) IS NULL AS n",
                row -> row.text("n"),
                CHANNEL,
                Long.toString(sql.announced()));
    }

    @Override
    public synchronized void listen(Runnable onCommit) {
        if (listenerOrNull != null) {
            throw new IllegalStateException("there is a listener already");
        }
        listenerOrNull = new PostgresListener(url, name, onCommit);
        listenerOrNull.start();
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public DataSource dataSource() {
        return pool;
    }

    /** The copies of a PostgreSQL database are its administrator's business. */
    @Override
    public void beforeUpgrade(String fromVersion) {}

    @Override
    public synchronized void close() {
        if (listenerOrNull != null) {
            listenerOrNull.close();
        }
        pool.close();
    }
}
