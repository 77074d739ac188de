// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import org.postgresql.Driver;

import java.io.IOException;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Properties;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

import javax.sql.DataSource;

/**
 * A PostgreSQL database, which several coordinators may share: a small pool of connections for
 * transactions, and one more on which it hears of the others' commits.
 */
final class PostgresEngine implements Engine {
    static final String CHANNEL = "wgj_mesh";

    private static final int CONNECTIONS = 4;
    private static final long CONNECT_TIMEOUT_MS = 10_000;
    private static final String CONNECT_TIMEOUT_S = "10";

    /** A node that joins waits for ten seconds, and must hear that the store fails. */
    private static final long POOL_TIMEOUT_MS = 5_000;

    private static final int RETRY_MS = 1_000;

    /** Without it a server that vanished would hold a transaction for ever. */
    private static final String SOCKET_TIMEOUT_S = "30";

    /** The states of a server that does not run, breaks off, or is starting. */
    private static final Set<String> NOT_YET = Set.of("08001", "08006", "57P03");

    /**
     * Silent, because the driver logs a URL that it cannot read, with the password. What matters
     * comes as an exception. The field keeps the logger, and so its level.
     */
    private static final Logger DRIVER_LOG = Logger.getLogger("org.postgresql");

    static {
        DRIVER_LOG.setLevel(Level.OFF);
    }

    private final String url;
    private final String name;
    private final HikariDataSource pool;
    private PostgresListener listenerOrNull;

    private PostgresEngine(String url, String name, HikariDataSource pool) {
        this.url = url;
        this.name = name;
        this.pool = pool;
    }

    /**
     * Connects. A server that does not answer yet, as at the start of the machine, is asked again
     * for ten seconds; one that refuses is not.
     *
     * @throws IOException if that fails; the message says what to do
     */
    static PostgresEngine connect(String url) throws IOException {
        String name = withoutSecrets(url);
        checkForm(url, name);
        awaitAnswer(url, name);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setPoolName("wgj-store");
        config.setAutoCommit(false);
        config.setMaximumPoolSize(CONNECTIONS);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(POOL_TIMEOUT_MS);
        config.setInitializationFailTimeout(-1); // it has just answered
        config.setDataSourceProperties(properties("wgj"));
        return new PostgresEngine(url, name, new HikariDataSource(config));
    }

    /** The parameters may contain a password, and so may a part before the host. */
    static String withoutSecrets(String url) {
        String place = url.split("[?&]", 2)[0];
        int host = place.indexOf("//") + 2;
        int at = place.lastIndexOf('@');
        return host > 1 && at >= host ? place.substring(0, host) + place.substring(at + 1) : place;
    }

    private static void checkForm(String url, String name) throws StoreException {
        boolean hasPlainPassword = url.matches("[^?]*//[^/?]*@.*");
        boolean hasNoQuestion = url.matches("[^?]*&.*");
        if (hasPlainPassword || hasNoQuestion || Driver.parseURL(url, null) == null) {
            throw new StoreException(
                    name
                            + ": the URL of a PostgreSQL database is"
                            + " jdbc:postgresql://HOST:PORT/DATABASE?user=USER&password=PASSWORD;"
                            + " in a password write % as %25, & as %26 and + as %2B");
        }
    }

    private static void awaitAnswer(String url, String name) throws IOException {
        long endNs = System.nanoTime() + CONNECT_TIMEOUT_MS * 1_000_000;
        while (true) {
            try {
                session(url, "wgj").close();
                return;
            } catch (SQLException e) {
                if (!NOT_YET.contains(e.getSQLState()) || System.nanoTime() - endNs >= 0) {
                    throw new StoreException(
                            name + ": cannot connect: " + reason(e) + advice(e), e);
                }
                pause();
            }
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(RETRY_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Opens a connection that belongs to no pool. */
    static Connection session(String url, String application) throws SQLException {
        return DriverManager.getConnection(url, properties(application));
    }

    private static Properties properties(String application) {
        Properties properties = new Properties();
        properties.setProperty("ApplicationName", application);
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("connectTimeout", CONNECT_TIMEOUT_S);
        properties.setProperty("socketTimeout", SOCKET_TIMEOUT_S);
        return properties;
    }

    /** The driver's line, or that of the cause which it does not name. */
    private static String reason(SQLException e) {
        String line = Store.firstLine(e).replaceFirst("\\.$", "");
        if (!line.equals("The connection attempt failed") || e.getCause() == null) {
            return line;
        }
        return e.getCause() instanceof UnknownHostException unknown
                ? "the host " + unknown.getMessage() + " has no address: check its name"
                : String.valueOf(e.getCause().getMessage());
    }

    private static String advice(SQLException e) {
        return switch (String.valueOf(e.getSQLState())) {
            case "28P01" -> ": check user and password in the URL, or in ~/.pgpass";
            case "28000" -> ": check the user in the URL, and pg_hba.conf on the server";
            case "08004" -> ": give a password in the URL, or in ~/.pgpass";
            case "3D000" -> ": make it with createdb, or correct its name in the URL";
            default -> "";
        };
    }

    /** Blocks for ten seconds at most. */
    @Override
    public Connection take() throws SQLException {
        try {
            return pool.getConnection();
        } catch (SQLTransientConnectionException e) {
            // The pool's own message tells of the pool alone.
            String reason = e.getCause() instanceof SQLException cause ? reason(cause) : "busy";
            throw new SQLException("the database does not answer: " + reason, e.getSQLState(), e);
        }
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
