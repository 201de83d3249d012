//! Where rows of data are kept, and how databases are reached.

use super::declare::{components, literals};
use super::kind::{Map, Maybe, OneOf, Schema, Sensitive, Slot, Text};

components! {
    /// Keeps rows of data in named collections.
    family Datastore: Component, since V26_1_2 {}

    /// Keeps rows in memory; they are gone when the program ends.
    type InMemoryCollectionDatastore: Datastore, since V26_1_2, runs as Part {
        /// From the name of each collection to the schema of its rows, an object with properties.
        datastore_schema: Map<Schema>;
    }

    /// Keeps rows in the tables of a database.
    family RelationalDatastore: Datastore, since V26_1_2 {
        /// From the name of each table to the schema of its rows, an object with properties.
        datastore_schema: Map<Schema>;
    }

    /// Keeps rows in an Oracle database.
    type OracleDatabaseDatastore: RelationalDatastore, since V26_1_2 {
        /// How the database is reached.
        connection_config: Slot<OracleDatabaseConnectionConfig>;
    }

    /// How an Oracle database is reached.
    family OracleDatabaseConnectionConfig: Component, since V26_1_2 {}

    /// An Oracle database, reached over TLS.
    type TlsOracleDatabaseConnectionConfig: OracleDatabaseConnectionConfig, since V26_1_2 {
        /// The name of the user who logs in.
        user: Sensitive<Text>;
        /// The password.
        password: Sensitive<Text>;
        /// Where the database is (its data source name).
        dsn: Sensitive<Text>;
        /// The folder with the client's configuration.
        config_dir: Maybe<Text> = null;
        /// The protocol: plain or over TLS.
        protocol: OneOf<OracleProtocol> = "tcps";
    }

    /// An Oracle database, reached over TLS with a wallet that names the client.
    type MTlsOracleDatabaseConnectionConfig: TlsOracleDatabaseConnectionConfig, since V26_1_2 {
        /// The folder with the wallet.
        wallet_location: Sensitive<Text>;
        /// The password of the wallet.
        wallet_password: Sensitive<Text>;
    }

    /// Keeps rows in a PostgreSQL database.
    type PostgresDatabaseDatastore: RelationalDatastore, since V26_1_2, runs as Part {
        /// How the database is reached.
        connection_config: Slot<PostgresDatabaseConnectionConfig>;
    }

    /// How a PostgreSQL database is reached.
    family PostgresDatabaseConnectionConfig: Component, since V26_1_2 {}

    /// A PostgreSQL database, reached over TLS.
    type TlsPostgresDatabaseConnectionConfig: PostgresDatabaseConnectionConfig, since V26_1_2, runs as Part {
        /// The name of the user who logs in.
        user: Sensitive<Text>;
        /// The password.
        password: Sensitive<Text>;
        /// The address of the database.
        url: Text;
        /// How much is asked of TLS.
        sslmode: OneOf<SslMode> = "require";
        /// The file with the client's certificate.
        sslcert: Maybe<Text> = null;
        /// The file with the client's private key.
        sslkey: Sensitive<Maybe<Text>> = null;
        /// The file with the certificates that the server's own is checked against.
        sslrootcert: Maybe<Text> = null;
        /// The file with the certificates that no longer hold.
        sslcrl: Maybe<Text> = null;
    }
}

literals! {
    /// How an Oracle database is spoken to.
    OracleProtocol: "tcp", "tcps";
    /// How much a connection to PostgreSQL asks of TLS, from nothing to a certificate for the very host.
    SslMode: "disable", "allow", "prefer", "require", "verify-ca", "verify-full";
}
