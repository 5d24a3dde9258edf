using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatApi.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class SettingsAndLedger : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Attachments",
                table: "Turns",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Settings",
                table: "Sessions",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Settings",
                table: "Projects",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "Usage",
                columns: table => new
                {
                    ProjectId = table.Column<string>(type: "TEXT", nullable: false),
                    TurnId = table.Column<string>(type: "TEXT", nullable: false),
                    Model = table.Column<string>(type: "TEXT", nullable: false),
                    SessionId = table.Column<string>(type: "TEXT", nullable: false),
                    Day = table.Column<DateOnly>(type: "TEXT", nullable: false),
                    InputTokens = table.Column<long>(type: "INTEGER", nullable: false),
                    OutputTokens = table.Column<long>(type: "INTEGER", nullable: false),
                    CacheReadInputTokens = table.Column<long>(type: "INTEGER", nullable: false),
                    CacheCreationInputTokens = table.Column<long>(type: "INTEGER", nullable: false),
                    CostUsd = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Usage", x => new { x.ProjectId, x.TurnId, x.Model });
                });

            migrationBuilder.CreateIndex(
                name: "IX_Usage_Day",
                table: "Usage",
                column: "Day");

            migrationBuilder.CreateIndex(
                name: "IX_Usage_SessionId",
                table: "Usage",
                column: "SessionId");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "Usage");

            migrationBuilder.DropColumn(
                name: "Attachments",
                table: "Turns");

            migrationBuilder.DropColumn(
                name: "Settings",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "Settings",
                table: "Projects");
        }
    }
}
