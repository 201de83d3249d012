//! Authentication with services.

use super::declare::{components, literals, plain_objects};
use super::kind::{Any, AnyOf, Flag, List, Map, Maybe, Object, OneOf, Sensitive, Slot, Text};

components! {
    /// Authentication with an MCP server.
    family AuthConfig: Component, since V25_4_1 {}

    /// Authentication by OAuth 2: the user authorizes the program.
    type OAuthConfig: AuthConfig, since V26_1_2, runs as Part {
        /// The URL of the authorization server, which publishes its endpoints.
        issuer: Maybe<Text> = null;
        /// The endpoints of an authorization server that doesn't publish them.
        endpoints: Maybe<Object<OAuthEndpoints>> = null;
        /// The program's registration as a client of the authorization server.
        client: Slot<OAuthClientConfig>;
        /// The address to which the browser returns after the user has agreed.
        redirect_uri: Text;
        /// The permissions that the program asks for: one text with spaces between, or a list.
        scopes: Maybe<AnyOf<(Text, List<Text>)>> = null;
        /// Where the scopes come from: only from `scopes`, or from what the server asks for or supports.
        scope_policy: Maybe<OneOf<ScopePolicy>> = null;
        /// How the exchange of the code is protected (PKCE).
        pkce: Maybe<Object<PKCEPolicy>> = null;
        /// The resource that the token is for.
        resource: Maybe<Text> = null;
    }

    /// The program's registration as a client of an authorization server.
    type OAuthClientConfig: Component, since V26_1_2, runs as Part {
        /// How the program is registered with the server.
        type as registration: OneOf<OAuthClientType>;
        /// The client id.
        client_id: Sensitive<Maybe<Text>> = null;
        /// The client secret.
        client_secret: Sensitive<Maybe<Text>> = null;
        /// How the program authenticates at the token endpoint, for example `client_secret_basic`.
        token_endpoint_auth_method: Maybe<Text> = null;
        /// The URL of the client metadata document, which is also the client id.
        client_id_metadata_url: Sensitive<Maybe<Text>> = null;
        /// The endpoint for dynamic registration.
        registration_endpoint: Maybe<Text> = null;
    }

    /// Authentication with Oracle Cloud Infrastructure (OCI).
    family OciClientConfig: Component, since V25_4_1 {
        /// The address of the service.
        service_endpoint: Text;
        /// The method of authentication.
        auth_type: OneOf<OciAuthType>;
    }

    /// Authentication with OCI by a session token of its command line.
    type OciClientConfigWithSecurityToken: OciClientConfig, since V25_4_1, runs as Part {
        /// Always `SECURITY_TOKEN`.
        auth_type: OneOf<SecurityToken> = "SECURITY_TOKEN";
        /// The profile in the configuration file.
        auth_profile: Text;
        /// The configuration file of the OCI command line.
        auth_file_location: Sensitive<Text>;
    }

    /// Authentication with OCI by an API key.
    type OciClientConfigWithApiKey: OciClientConfig, since V25_4_1, runs as Part {
        /// Always `API_KEY`.
        auth_type: OneOf<ApiKey> = "API_KEY";
        /// The profile in the configuration file.
        auth_profile: Text;
        /// The configuration file of the OCI command line.
        auth_file_location: Sensitive<Text>;
    }

    /// Authentication with OCI as the machine in OCI on which the program runs.
    type OciClientConfigWithInstancePrincipal: OciClientConfig, since V25_4_1, runs as Part {
        /// Always `INSTANCE_PRINCIPAL`.
        auth_type: OneOf<InstancePrincipal> = "INSTANCE_PRINCIPAL";
    }

    /// Authentication with OCI as the resource to which the program belongs, such as a function.
    type OciClientConfigWithResourcePrincipal: OciClientConfig, since V25_4_1, runs as Part {
        /// Always `RESOURCE_PRINCIPAL`.
        auth_type: OneOf<ResourcePrincipal> = "RESOURCE_PRINCIPAL";
    }

    /// Authentication with Google's models.
    family GeminiAuthConfig: Component, since V26_1_2 {}

    /// Authentication by an API key of Google AI Studio.
    type GeminiAIStudioAuthConfig: GeminiAuthConfig, since V26_1_2, runs as Part {
        /// The API key; null takes it from the environment.
        api_key: Sensitive<Maybe<Text>> = null;
    }

    /// Authentication by credentials of Google Cloud, for Vertex AI.
    type GeminiVertexAIAuthConfig: GeminiAuthConfig, since V26_1_2, runs as Part {
        /// The project in Google Cloud; null takes it from the environment.
        project_id: Maybe<Text> = null;
        /// The region that serves the model.
        location: Text = "global";
        /// The key of a service account, or the path of its file; null takes it from the environment.
        credentials: Sensitive<Maybe<AnyOf<(Text, Map<Any>)>>> = null;
    }
}

plain_objects! {
    /// The endpoints of an authorization server.
    OAuthEndpoints, drops_extras {
        /// The page where the user agrees.
        authorization_endpoint: Text;
        /// The endpoint that exchanges the code for a token.
        token_endpoint: Text;
        /// The endpoint that renews a token.
        refresh_endpoint: Maybe<Text> = null;
        /// The endpoint that revokes a token.
        revocation_endpoint: Maybe<Text> = null;
        /// The endpoint that returns information about the user.
        userinfo_endpoint: Maybe<Text> = null;
    }

    /// How the exchange of an authorization code is protected against theft of the code (RFC 7636).
    PKCEPolicy, drops_extras {
        /// Whether a server without PKCE is refused.
        required: Flag = true;
        /// How the challenge is computed from the verifier.
        method: OneOf<PKCEMethod> = "S256";
    }
}

literals! {
    /// How a program is registered with an authorization server.
    OAuthClientType: "pre_registered", "client_id_metadata_document", "dynamic_registration";
    /// Where the requested scopes come from.
    ScopePolicy: "use_challenge_or_supported", "fixed";
    /// How the challenge is computed from the verifier.
    PKCEMethod: "plain", "S256";
    /// The methods of authentication with OCI.
    OciAuthType: "SECURITY_TOKEN", "INSTANCE_PRINCIPAL", "RESOURCE_PRINCIPAL", "API_KEY";
    /// The method of `OciClientConfigWithSecurityToken`.
    SecurityToken: "SECURITY_TOKEN";
    /// The method of `OciClientConfigWithApiKey`.
    ApiKey: "API_KEY";
    /// The method of `OciClientConfigWithInstancePrincipal`.
    InstancePrincipal: "INSTANCE_PRINCIPAL";
    /// The method of `OciClientConfigWithResourcePrincipal`.
    ResourcePrincipal: "RESOURCE_PRINCIPAL";
}
